"""One run of the command in a process of its own, and how long it and its steps took."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class WinnowRun:
    """folder: of the run. seconds: of the whole process. steps: seconds by step, as Dagster's events tell them."""

    folder: Path
    seconds: float
    steps: Mapping[str, float]


def winnow_run(options: Sequence[str], home: Path, checkout: Path = ROOT) -> WinnowRun:
    """`winnow run` of the code in a checkout, with `home` as its state folder.

    Raises RuntimeError with what the command said where it fails.
    """
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", command_module(checkout), "run", *options],
        env=environment(checkout) | {"DAGSTER_HOME": str(home)},
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{checkout}: exit code {done.returncode}: {done.stderr[-2000:]}")
    run_id = re.search(r"/runs/([0-9a-f-]{36})", done.stdout)
    assert run_id, done.stdout
    return WinnowRun(Path(done.stdout.splitlines()[-1]), seconds, step_seconds(home, run_id[1]))


def environment(checkout: Path) -> dict[str, str]:
    """In which Python takes Winnow's packages from a checkout."""
    return {**os.environ, "PYTHONPATH": str(checkout)}


def command_module(checkout: Path) -> str:
    """The module that is the command `winnow`; older versions have it elsewhere."""
    here = (checkout / "selection_assets" / "command" / "__main__.py").exists()
    return "selection_assets.command" if here else "selection_assets.cli"


def step_seconds(home: Path, run_id: str) -> dict[str, float]:
    """From the start of each step to its end, with reading and writing its tables."""
    from dagster import DagsterInstance

    with DagsterInstance.from_config(str(home)) as instance:
        stats = instance.get_run_step_stats(run_id)
    return {each.step_key: each.end_time - each.start_time for each in stats if each.start_time and each.end_time}
