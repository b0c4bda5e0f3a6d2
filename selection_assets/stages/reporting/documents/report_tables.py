"""The report as tables: what a later run must find unchanged, and the counts for people."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

OF_ONE_RUN = ("job", "timings", "plots")  # parts that differ although nothing was decided differently


def content_table(report: Mapping[str, Any]) -> pl.DataFrame:
    """One row, one column: `json`, the report without what only tells of the run that wrote it."""
    return pl.DataFrame({"json": [json.dumps({name: part for name, part in report.items() if name not in OF_ONE_RUN})]})


def counts_table(report: Mapping[str, Any]) -> pl.DataFrame:
    """count (its name), samples (as text)."""
    counts = report["counts"]
    return pl.DataFrame({"count": list(counts), "samples": [str(each) for each in counts.values()]})
