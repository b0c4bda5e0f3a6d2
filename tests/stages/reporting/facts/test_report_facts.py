import dataclasses

import numpy as np
import polars as pl
import pytest

from selection_assets.stages.reporting.facts.report_facts import Counts, Embedding, Selection
from tests.stages.reporting.facts_factory import example_facts


def test_masks_of_before_after_and_removed() -> None:
    n = 6
    selected, preselected, datapool, masked = (np.arange(n) == i for i in range(4))
    samples = dataclasses.replace(
        example_facts(n, 1).samples, selected=selected, preselected=preselected, datapool=datapool, masked=masked
    )
    assert samples.before.tolist() == [True, True, False, False, True, True]
    assert samples.after.tolist() == [True, True, False, False, False, False]
    assert samples.removed.tolist() == [False, False, False, False, True, True]
    assert samples.states.tolist() == ["selected", "preselected", "datapool", "masked", "removed", "removed"]


def test_columns_of_different_length_are_refused() -> None:
    samples = example_facts(4, 1).samples
    with pytest.raises(ValueError, match="masked has 3 rows, but there are 4 filenames"):
        dataclasses.replace(samples, masked=np.zeros(3, np.bool_))
    with pytest.raises(ValueError, match=r"2-D \(n, d\)"):
        dataclasses.replace(samples, embeddings=np.zeros(4, np.float32))
    with pytest.raises(ValueError, match="image_metrics has 2 rows"):
        example_facts(4, 1, image_metrics=pl.DataFrame({"width": [1, 2]}))


def test_what_is_not_told_is_nothing() -> None:
    assert vars(Counts(input=5)) == {
        "input": 5, "corrupt": 0, "duplicates": 0, "masked": 0, "preselected": 0, "datapool": 0, "selected": 0,
        "removed": 0,
    }  # fmt: skip
    embedding = Embedding(model="m", dimensions=3)
    assert {embedding.input_size, embedding.seconds, embedding.images_per_second, embedding.compute_efficiency} == {
        None
    }
    selection = Selection(strategies=[], stop_reason="")
    assert (selection.method, selection.n_samples, selection.min_distance) == ("", None, None)
    assert (selection.pick_rows.shape, selection.pick_distances.shape) == ((0,), (0,))
    assert (selection.pick_rows.dtype, selection.pick_distances.dtype) == (np.int64, np.float32)
