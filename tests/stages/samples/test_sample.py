import polars as pl
import pytest

from selection_assets.stages.samples.sample import SCHEMA, as_samples, check_samples, vector_samples

ROW = {
    "filename": "a/1.png",
    "kind": "image",
    "source": "a/1.png",
    "frame": None,
    "seconds": None,
    "box": None,
    "parent": None,
    "label": "a",
    "size": 5,
    "etag": "1-5",
    "masked": False,
    "preselected": False,
}


def table(*changes: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([ROW | change for change in changes or ({},)], schema=SCHEMA)


GOOD = [
    {},
    {"kind": "frame", "source": "v.mp4", "frame": 0, "seconds": 0.0},
    {"kind": "crop", "box": [0, 0, 5, 5], "parent": "a.png"},
    {"kind": "vector", "source": None, "label": "-3", "size": None, "etag": None},
]


@pytest.mark.parametrize("change", GOOD)
def test_a_sample_of_each_kind(change: dict[str, object]) -> None:
    assert check_samples(table(change)).equals(table(change))
    assert check_samples(table(change).with_columns(extra=pl.lit(1))).width == len(SCHEMA) + 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "picture"}, "kinds \\['picture'\\]"),
        ({"filename": None}, "column filename has nulls"),
        ({"label": None}, "column label has nulls"),
        ({"kind": None}, "column kind has nulls"),
        ({"masked": None}, "column masked has nulls"),
        ({"preselected": None}, "column preselected has nulls"),
        ({"source": None}, "a vector has no source"),
        ({"kind": "vector", "label": "1"}, "a vector has no source"),
        ({"kind": "vector", "source": None, "label": "cat"}, "whole number"),
        ({"kind": "frame"}, "a frame has a position"),
        ({"kind": "frame", "frame": -1}, "a frame has a position"),
        ({"kind": "crop", "parent": "x"}, "a crop has a box"),
        ({"kind": "crop", "box": [0, 0, 1, 1]}, "no crop has no parent"),
        ({"parent": "x"}, "no crop has no parent"),
        ({"box": [0, 0, 1, 1]}, "a crop has a box"),
    ],
)
def test_what_is_no_sample(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_samples(table({"filename": "b"}, change))


def test_columns_names_types_order_and_uniqueness() -> None:
    with pytest.raises(ValueError, match="two rows have one filename"):
        check_samples(table({}, {}))
    for wrong in (
        table().drop("etag"),
        table().with_columns(pl.col("label").cast(pl.Categorical)),
        table().select("kind", pl.exclude("kind")),
        table().with_columns(pl.col("size").cast(pl.Int32)),
    ):
        with pytest.raises(ValueError, match="no table of samples"):
            check_samples(wrong)


def test_no_rows() -> None:
    assert check_samples(table().clear()).is_empty()


def test_missing_columns_are_filled() -> None:
    short = table().select("label", "filename", "kind", "source", further=pl.lit("x"))
    assert as_samples(short).equals(table({"size": None, "etag": None}).with_columns(further=pl.lit("x")))


def test_samples_of_an_embeddings_file() -> None:
    given = pl.DataFrame(
        {
            "filename": ["a", "b"],
            "embedding": [[1.0], [2.0]],
            "label": ["0", "-7"],
            "masked": [True, False],
            "preselected": [False, True],
            "al_score": [0.5, None],
            "size": [1.0, 2.0],
        }
    )
    found = vector_samples(given)
    assert found.columns == [*SCHEMA, "extra.al_score", "extra.size"]
    assert found["kind"].to_list() == ["vector"] * 2 and found["source"].null_count() == found["size"].null_count() == 2
    assert found["label"].to_list() == ["0", "-7"] and found["extra.size"].to_list() == [1.0, 2.0]
    assert found["masked"].to_list() == [True, False] and found["preselected"].to_list() == [False, True]
