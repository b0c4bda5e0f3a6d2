"""The short table at the end of a run: counts from its report, times from Dagster."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def summary_table(folder: Path, step_seconds: Mapping[str, float], seconds: float) -> str:
    """Counts and seconds per step of a finished run, as text."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    counts = report["counts"]
    names = ("input", "corrupt", "duplicates", "masked", "datapool", "preselected", "selected", "removed")
    sometimes = ("masked", "datapool", "preselected")
    rows = [(name, f"{counts[name]:,}") for name in names if counts.get(name) or name not in sometimes]
    steps = [(step.replace("_", " "), f"{took:.1f} s") for step, took in step_seconds.items()]
    steps.append(("everything", f"{seconds:.1f} s"))
    rows += [("", "")] * (len(steps) - len(rows))
    steps += [("", "")] * (len(rows) - len(steps))
    lines = ["", f"{'samples':<12}{'':>10}   {'step':<22}{'time':>9}", "-" * 56]
    lines += [
        f"{name:<12}{count:>10}   {step:<22}{took:>9}" for (name, count), (step, took) in zip(rows, steps, strict=True)
    ]
    return "\n".join([*lines, ""])
