"""How benchmark rows are shown."""

import os
import platform
from collections.abc import Iterable
from typing import Any


def print_rows(rows: Iterable[dict[str, Any]]) -> None:
    """A Markdown table: work, ours, peer, ratio, goal, reached or not."""
    print("| work | ours | peer | ratio | goal | reached |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for row in rows:
        goal = row["goal"]
        reached = "" if goal is None else "yes" if row["ratio"] >= goal else "no"
        shown = "" if goal is None else f"{goal:g}"
        print(
            f"| {row['work']} | {row['ours']:.4g} | {row['peer']:.4g} | {row['ratio']:.2f} | {shown} | {reached} |",
            flush=True,
        )


def machine() -> str:
    """One line about where the figures come from."""
    load = os.getloadavg()[0]
    python = platform.python_version()
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {python}, load {load:.1f} at the start"
