"""The short table at the end of a run: counts from its report, times from Dagster."""

import json
from collections.abc import Mapping
from typing import Any

from resources.output_place import output_store

MAX_REPORT_BYTES = 1 << 30


def report_in(folder: str, dataset: str) -> dict[str, Any]:
    """report.json of a finished run of the dataset."""
    report: dict[str, Any] = json.loads(output_store(folder, dataset).get("report.json", MAX_REPORT_BYTES))
    return report


def summary_table(report: Mapping[str, Any], step_seconds: Mapping[str, float], seconds: float) -> str:
    """Counts and seconds per step of a finished run, as text."""
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
