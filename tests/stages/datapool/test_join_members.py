import logging

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from selection_assets.stages.datapool.join_members import append_pool_labels, join_members
from selection_assets.stages.datapool.pool_settings import PoolSettings

VECTORS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
SAMPLES = pl.DataFrame(
    {
        "filename": ["a.jpg", "b.jpg", "c.jpg"],
        "label": ["x", "y", "y"],
        "masked": [False, True, False],
        "preselected": [False, False, True],
        "embedding": VECTORS,
    }
)


def members(*rows: tuple[str, list[float]]) -> pl.DataFrame:
    vectors = np.array([vector for _, vector in rows], np.float32)
    names = [name for name, _ in rows]
    return pl.DataFrame({"filename": names, "label": "m", "label_number": 0, "embedding": vectors})


def test_members_take_the_place_of_their_samples(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "winnow"):
        joined = join_members("pool", SAMPLES, members(("b.jpg", [3.0, 4.0]), ("z.jpg", [0.0, 1.0])))
    assert joined.select("filename", "label", "masked", "preselected", "datapool").rows() == [
        ("a.jpg", "x", False, False, False),
        ("c.jpg", "y", False, True, False),
        ("b.jpg", "m", False, True, True),
        ("z.jpg", "m", False, True, True),
    ]
    assert caplog.messages == ["Datapool pool holds 2 samples, 1 of them in the input: they count as selected."]


def test_other_content_under_the_name_of_a_member(caplog: pytest.LogCaptureFixture) -> None:
    # a.jpg is 1 % off (another machine), b.jpg more than that.
    rows = members(("a.jpg", [1.0, 2.0]), ("b.jpg", [3.0, 4.06]), ("c.jpg", [5.0, 9.0]))
    near = SAMPLES.with_columns(embedding=pl.Series(VECTORS * np.array([[1.0099], [1.0], [1.0]], np.float32)))
    with caplog.at_level(logging.WARNING, "winnow"):
        join_members("pool", near, rows)
    assert caplog.messages == [
        "2 input files have the name of a member of datapool pool, but other content, first b.jpg: they count as the "
        "member; give each delivery a sub-folder of its own to keep names apart."
    ]


def test_one_hot_columns_are_those_of_the_datapool() -> None:
    made = PoolSettings(normalize_embeddings=True, weak_labels=["z", "y", "x"])
    joined = append_pool_labels("pool", VECTORS, SAMPLES["label"], {"x": 0, "y": 1}, made, 5)
    assert joined.tolist() == [[1, 2, 0, 0, 1], [3, 4, 0, 1, 0], [5, 6, 0, 1, 0]]
    with pytest.raises(InputError, match=r"'x' is no weak label of datapool.name=pool, which has 1 \(y\)"):
        made = PoolSettings(normalize_embeddings=True, weak_labels=["y"])
        append_pool_labels("pool", VECTORS, SAMPLES["label"], {}, made, 3)
    with pytest.raises(InputError, match=r"which has 0 \(\)"):
        append_pool_labels("pool", VECTORS, SAMPLES["label"], {}, PoolSettings(normalize_embeddings=True), 2)


def test_of_a_datapool_of_another_program_only_numbers_are_known() -> None:
    joined = append_pool_labels("pool", VECTORS, SAMPLES["label"], {"x": 2, "y": 0}, None, 5)
    assert joined.tolist() == [[1, 2, 0, 0, 1], [3, 4, 1, 0, 0], [5, 6, 1, 0, 0]]
    with pytest.raises(InputError, match=r"'2' is no weak label of datapool.name=pool, which has 2 \(0, 1\)"):
        append_pool_labels("pool", VECTORS, SAMPLES["label"], {"x": 2, "y": 0}, None, 4)
    with pytest.raises(InputError, match="which has 0"):  # fewer dimensions than the run's own
        append_pool_labels("pool", VECTORS, SAMPLES["label"], {"x": 2, "y": 0}, None, 1)
