from typing import Any

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from selection_assets.stages.datapool.embedded_samples import KEPT_COLUMNS, KnownMembers, embedded_samples
from selection_assets.stages.datapool.pool_settings import PoolSettings

NAMES = ["b/1", "a/1", "b/broken", "c/1"]
VECTORS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


def checked(kind: str = "image", labels: tuple[str, ...] = ("b", "a", "b", "c")) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "filename": NAMES,
            "label": labels,
            "kind": [kind] * 4,
            "source": NAMES,
            "masked": [True, False, False, False],
            "preselected": [False] * 4,
            "content_key": [f"1/{name}" for name in NAMES],
            "pixel_key": NAMES,
            "healthy": [True, True, False, True],
        }
    )


def members(vectors: list[list[float]], names: tuple[str, ...] = ("old/1", "a/1")) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "filename": names,
            "label": [name.partition("/")[0] for name in names],
            "label_number": [5, 6][: len(names)],
            "embedding": vectors,
        },
        schema_overrides={"embedding": pl.Array(pl.Float32, len(vectors[0]))},
    )


def embedded(pool: KnownMembers | None = None, weak_labels: bool = False, **changes: Any) -> pl.DataFrame:
    are_numbers = changes.pop("are_numbers", False)
    return embedded_samples(checked(**changes), VECTORS, pool, weak_labels=weak_labels, are_numbers=are_numbers)


def test_healthy_samples_in_their_order() -> None:
    found = embedded()
    assert found.columns == [*KEPT_COLUMNS, "embedding", "datapool", "label_number"]
    assert found.select(KEPT_COLUMNS).equals(checked().filter("healthy").select(KEPT_COLUMNS))
    assert found["embedding"].to_numpy().tolist() == VECTORS.tolist()
    assert found["datapool"].to_list() == [False] * 3
    assert found["label_number"].to_list() == [1, 0, 2]


def test_labels_of_an_embeddings_file_are_their_own_numbers() -> None:
    found = embedded(kind="vector", labels=("20240101", "-3", "7", "7"), are_numbers=True)
    assert found["label_number"].to_list() == [20240101, -3, 7]


def test_weak_labels_are_columns_in_the_order_of_their_names() -> None:
    found = embedded(weak_labels=True)["embedding"].to_numpy()
    assert found.tolist() == [[1, 2, 0, 1, 0], [3, 4, 1, 0, 0], [5, 6, 0, 0, 1]]


def test_members_come_last_and_replace_samples_of_their_name() -> None:
    found = embedded(KnownMembers("pool", None, members([[9, 9], [3, 4]])))
    assert found.select("filename", "datapool", "preselected", "masked").rows() == [
        ("b/1", False, False, True), ("c/1", False, False, False),
        ("old/1", True, True, False), ("a/1", True, True, False),
    ]  # fmt: skip
    assert found["embedding"].to_numpy().tolist() == [[1, 2], [5, 6], [9, 9], [3, 4]]
    assert found["label_number"].to_list() == [1, 2, 3, 0]  # old: the next free one
    assert found.filter("datapool")["content_key"].to_list() == [None, None]


def test_weak_labels_have_the_columns_of_the_datapool() -> None:
    made = PoolSettings(normalize_embeddings=True, weak_labels=["c", "b", "a"])
    found = embedded(KnownMembers("pool", made, members([[9, 9, 0, 0, 1]], ("old/1",))), weak_labels=True)
    assert found["embedding"].to_numpy().tolist() == [
        [1, 2, 0, 1, 0], [3, 4, 0, 0, 1], [5, 6, 1, 0, 0], [9, 9, 0, 0, 1],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("vectors", "weak_labels", "line"),
    [
        ([[9.0, 9.0, 9.0]], False, r"its vectors have 3 dimensions, those of this run have 2"),
        ([[9.0, 9.0, 1.0]], True, r"is no weak label of datapool\.name=pool"),
    ],
)
def test_what_does_not_fit_the_datapool(vectors: list[list[float]], weak_labels: bool, line: str) -> None:
    made = PoolSettings(normalize_embeddings=True, weak_labels=["b"] if weak_labels else None)
    with pytest.raises(InputError, match=line):
        embedded(KnownMembers("pool", made, members(vectors, ("old/1",))), weak_labels)
