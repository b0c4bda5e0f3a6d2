import dataclasses

import numpy as np
import polars as pl
import pytest

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
