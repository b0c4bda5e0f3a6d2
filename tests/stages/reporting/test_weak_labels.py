import dataclasses

import numpy as np

from selection_assets.stages.reporting.weak_labels import LabelCount, label_counts
from tests.stages.reporting.facts_factory import example_facts


def test_counts_before_and_after_most_frequent_first() -> None:
    samples = dataclasses.replace(
        example_facts(6, 2).samples, labels=np.array([7, 2, 2, 7, 7, 4]), label_names={2: "two", 7: "seven"}
    )
    assert label_counts(samples) == [
        LabelCount(7, "seven", 3, 1),
        LabelCount(2, "two", 2, 1),
        LabelCount(4, "label 4", 1, 0),
    ]


def test_no_labels() -> None:
    assert label_counts(dataclasses.replace(example_facts(3, 1).samples, labels=None)) == []
