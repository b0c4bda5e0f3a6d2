import numpy as np
import polars as pl

from selection_assets.stages.datapool.embedded_samples import KnownMembers, embedded_samples
from selection_assets.stages.datapool.pool_settings import PoolSettings

CHECKED = pl.DataFrame(
    {
        "filename": ["b/1.jpg", "a/bad.jpg", "c/2.jpg", "b/3.jpg"],
        "label": ["b", "a", "c", "b"],
        "kind": ["image"] * 4,
        "source": ["b/1.jpg", "a/bad.jpg", "c/2.jpg", "b/3.jpg"],
        "masked": [False, False, True, False],
        "preselected": [False] * 4,
        "content_key": ["k1", None, "k2", "k3"],
        "pixel_key": ["p1", None, "p2", "p3"],
        "healthy": [True, False, True, True],
        "sharpness": [1.0, None, 2.0, 3.0],
    }
)
VECTORS = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
MEMBERS = pl.DataFrame(
    {
        "filename": ["b/3.jpg", "z/9.jpg"],
        "label": ["b", "z"],
        "label_number": [4, 7],
        "embedding": np.array([[5, 6], [7, 8]], np.float32),
    }
)


def test_healthy_samples_have_their_vectors_and_numbers() -> None:
    table = embedded_samples(CHECKED, VECTORS, None, weak_labels=False, are_numbers=False)
    assert table.columns == [
        "filename", "label", "kind", "source", "masked", "preselected", "content_key", "pixel_key", "embedding",
        "datapool", "label_number",
    ]  # fmt: skip
    assert table["filename"].to_list() == ["b/1.jpg", "c/2.jpg", "b/3.jpg"]
    assert table["embedding"].to_numpy().tolist() == VECTORS.tolist()
    assert table["label_number"].to_list() == [1, 2, 1]  # a corrupt sample counts: numbers are those of the input
    assert table["datapool"].to_list() == [False] * 3
    assert table["content_key"].to_list() == ["k1", "k2", "k3"]


def test_weak_labels_are_one_column_for_each_that_occurs() -> None:
    table = embedded_samples(CHECKED, VECTORS, None, weak_labels=True, are_numbers=False)
    assert table["embedding"].to_numpy().tolist() == [[1, 2, 0, 1, 0], [3, 4, 0, 0, 1], [5, 6, 0, 1, 0]]


def test_members_stand_behind_the_samples() -> None:
    pool = KnownMembers("pool", PoolSettings(normalize_embeddings=True), MEMBERS)
    table = embedded_samples(CHECKED, VECTORS, pool, weak_labels=False, are_numbers=False)
    assert table.select("filename", "datapool", "preselected", "masked", "content_key").rows() == [
        ("b/1.jpg", False, False, False, "k1"),
        ("c/2.jpg", False, False, True, "k2"),
        ("b/3.jpg", True, True, False, None),
        ("z/9.jpg", True, True, False, None),
    ]
    assert table["label_number"].to_list() == [1, 2, 1, 3]


def test_weak_labels_are_the_columns_of_the_datapool() -> None:
    made = PoolSettings(normalize_embeddings=True, weak_labels=["c", "b"])
    wide = MEMBERS.with_columns(embedding=pl.Series(np.array([[5, 6, 0, 1], [7, 8, 1, 0]], np.float32)))
    table = embedded_samples(CHECKED, VECTORS, KnownMembers("pool", made, wide), weak_labels=True, are_numbers=False)
    assert table["embedding"].to_numpy().tolist() == [[1, 2, 0, 1], [3, 4, 1, 0], [5, 6, 0, 1], [7, 8, 1, 0]]


def test_labels_of_an_embeddings_file_are_their_numbers() -> None:
    numbers = CHECKED.with_columns(label=pl.Series(["20", "3", "-5", "20"]), kind=pl.lit("vector"))
    table = embedded_samples(numbers, VECTORS, None, weak_labels=False, are_numbers=True)
    assert table["label_number"].to_list() == [20, -5, 20]
    members = MEMBERS.with_columns(label=pl.Series(["20", "11"]))
    table = embedded_samples(numbers, VECTORS, KnownMembers("p", None, members), weak_labels=False, are_numbers=True)
    assert table["label_number"].to_list() == [20, -5, 20, 11]
