"""The report as tables: what another run finds unchanged where nothing was decided differently, and the counts."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

OF_ONE_RUN = ("job", "timings", "plots")
MEASURED = ("seconds", "images_per_second", "compute_efficiency", "loading_share")  # of embedding and training
PLACES = ("output_dir", "run_directory")  # options that only say where the files of a run go


def content_table(report: Mapping[str, Any]) -> pl.DataFrame:
    """One row, one column: `json`, the report without what only tells of the run that wrote it: name and time, seconds,
    and where its files lie."""
    content = _without(report, *OF_ONE_RUN)
    for part in ("embedding", "training"):
        if content.get(part):
            content[part] = _without(content[part], *MEASURED)
    config = content["config"]
    content["config"] = {
        "options": _without(config["options"], *PLACES),
        "typed": _without(config["typed"], "run_folder"),
    }
    return pl.DataFrame({"json": [json.dumps(content)]})


def counts_table(report: Mapping[str, Any]) -> pl.DataFrame:
    """count (its name), samples (as text)."""
    counts = report["counts"]
    return pl.DataFrame({"count": list(counts), "samples": [str(each) for each in counts.values()]})


def _without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
