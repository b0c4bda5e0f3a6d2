"""The weak labels of the samples, before and after the selection."""

from dataclasses import dataclass

import polars as pl

from selection_assets.stages.reporting.facts.report_facts import Samples


@dataclass(frozen=True)
class LabelCount:
    name: str
    before: int
    after: int


def label_counts(samples: Samples) -> list[LabelCount]:
    """Samples per weak label, most frequent before the selection first (ties: by name); empty without labels.

    A label that only masked samples or samples of the datapool have counts 0.
    """
    if samples.labels is None:
        return []
    table = pl.DataFrame(
        {"name": samples.labels, "before": samples.before, "after": samples.after}, schema_overrides={"name": pl.String}
    )
    counts = table.group_by("name").agg(pl.col("before").sum(), pl.col("after").sum())
    return [LabelCount(*row) for row in counts.sort("before", "name", descending=[True, False]).iter_rows()]
