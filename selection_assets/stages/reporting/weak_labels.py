"""The weak labels of the samples, before and after the selection."""

from dataclasses import dataclass

import numpy as np

from selection_assets.stages.reporting.report_facts import Samples


@dataclass(frozen=True)
class LabelCount:
    label: int
    name: str
    before: int
    after: int


def label_counts(samples: Samples) -> list[LabelCount]:
    """Samples per weak label, most frequent first (ties: lower label); empty without labels."""
    if samples.labels is None:
        return []
    labels, inverse = np.unique(samples.labels, return_inverse=True)
    before, after = (np.bincount(inverse[mask], minlength=len(labels)) for mask in (samples.before, samples.after))
    found = [
        LabelCount(int(label), samples.label_names.get(int(label), f"label {label}"), int(before[i]), int(after[i]))
        for i, label in enumerate(labels)
    ]
    return sorted(found, key=lambda c: (-c.before, c.label))
