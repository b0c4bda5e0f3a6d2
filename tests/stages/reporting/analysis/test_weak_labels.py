import dataclasses

import numpy as np

from selection_assets.stages.reporting.analysis.weak_labels import LabelCount, label_counts
from tests.stages.reporting.facts_factory import example_facts


def test_counts_before_and_after_most_frequent_first() -> None:
    samples = dataclasses.replace(example_facts(6, 2).samples, labels=["quay", "b", "b", "quay", "quay", "a"])
    assert label_counts(samples) == [LabelCount("quay", 3, 1), LabelCount("b", 2, 1), LabelCount("a", 1, 0)]


def test_ties_go_by_name_and_samples_that_take_no_part_do_not_count() -> None:
    samples = dataclasses.replace(
        example_facts(6, 2).samples,
        labels=["z", "a", "m", "m", "p", "p"],
        masked=np.array([0, 0, 1, 1, 0, 0], np.bool_),
        datapool=np.array([0, 0, 0, 0, 1, 0], np.bool_),
    )
    assert label_counts(samples) == [
        LabelCount("a", 1, 1),
        LabelCount("p", 1, 0),
        LabelCount("z", 1, 1),
        LabelCount("m", 0, 0),
    ]


def test_no_labels() -> None:
    assert label_counts(dataclasses.replace(example_facts(3, 1).samples, labels=None)) == []
    none = example_facts(0, 0).samples
    assert label_counts(none) == []
