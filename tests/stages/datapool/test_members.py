from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import InputError
from selection_assets.stages.datapool.members import (
    dimensions,
    known_numbers,
    other_content,
    pool_dimensions,
    read_members,
    refuse_unit_vectors,
    with_members,
    without_known,
)
from selection_assets.stages.datapool.pool_settings import PoolModel, PoolSettings


def vectors(names: list[str], d: int = 3, salt: int = 0) -> pl.Series:
    """A vector per name: equal names have equal vectors, unless the salt differs."""
    rows = [np.random.default_rng([salt, *name.encode()]).normal(size=d) for name in names]
    return pl.Series(np.array(rows, np.float32).reshape(len(names), d), dtype=pl.Array(pl.Float32, d))


def members(names: list[str], d: int = 3, salt: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "filename": names,
            "label": ["x"] * len(names),
            "label_number": [7] * len(names),
            "embedding": vectors(names, d, salt),
        },
        schema_overrides={"filename": pl.String, "label": pl.String, "label_number": pl.Int64},
    )


def samples(names: list[str], d: int = 3, salt: int = 0) -> pl.DataFrame:
    flags = {"masked": [name < "c" for name in names], "preselected": [name > "x" for name in names]}
    table = members(names, d, salt).with_columns(
        content_key=pl.Series([f"key/{name}" for name in names], dtype=pl.String),
        **{key: pl.Series(values, dtype=pl.Boolean) for key, values in flags.items()},
    )
    return table.select("filename", "label", "masked", "preselected", "content_key", "embedding")


NAMES = st.lists(st.text("abcxyz", min_size=1, max_size=2), unique=True, max_size=12)


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES)
def test_members_stand_beside_the_samples_once(of_input: list[str], of_pool: list[str]) -> None:
    joined = with_members("pool", samples(of_input), members(of_pool))
    expected = [name for name in of_input if name not in of_pool] + of_pool
    assert joined["filename"].to_list() == expected
    for row in joined.iter_rows(named=True):
        member = row["filename"] in of_pool
        assert row["datapool"] is member
        assert row["masked"] is (not member and row["filename"] < "c")
        assert row["preselected"] is (member or row["filename"] > "x")
        assert row["content_key"] == (None if member else f"key/{row['filename']}")


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES)
def test_only_what_is_no_member_is_added(of_pool: list[str], kept: list[str]) -> None:
    once = without_known(members(of_pool), members(kept))
    assert once["filename"].to_list() == [name for name in kept if name not in of_pool]
    assert without_known(pl.concat([members(of_pool), once]), members(kept)).is_empty()


def test_vectors_of_other_dimensions_are_refused() -> None:
    with pytest.raises(InputError, match="its vectors have 4 dimensions, those of this run have 3"):
        with_members("pool", samples(["a"]), members(["b"], d=4))


def test_the_same_name_with_another_picture_is_found() -> None:
    of_input = samples(["a", "b", "c"])
    pool = pl.concat([members(["a"]), members(["b", "d"], salt=1)])
    assert other_content(of_input, pool) == ["b"]
    rounded = of_input.with_columns(pl.Series("embedding", of_input["embedding"].to_numpy() * np.float32(1.0001)))
    assert other_content(rounded.with_columns(pl.col("embedding").cast(pl.Array(pl.Float32, 3))), pool) == ["b"]
    assert other_content(of_input, members(["x"])) == []


CSV = "filenames,embedding_0,embedding_1,labels,note\na.jpg,1,2,3,x\nb/c.jpg,4,5,-6,y\n"
MODEL = PoolModel(name="m", weights="w", fingerprint="f", input_size=1, transform="t")


@pytest.mark.parametrize(
    ("made", "names", "numbers"),
    [
        (None, ["(root)", "b"], {"(root)": 3, "b": -6}),
        (PoolSettings(normalize_embeddings=True), ["3", "-6"], {"3": 3, "-6": -6}),  # of an embeddings file
        (PoolSettings(normalize_embeddings=True, model=MODEL), ["(root)", "b"], {"(root)": 3, "b": -6}),
        (
            PoolSettings(normalize_embeddings=True, label_numbers={"v": -6, "gone": 9}),
            ["(root)", "v"],
            {"v": -6, "gone": 9, "(root)": 3},
        ),
    ],
)
def test_reading_a_file(tmp_path: Path, made: PoolSettings | None, names: list[str], numbers: dict[str, int]) -> None:
    path = tmp_path / "datapool_latest.csv"
    path.write_text(CSV, encoding="utf-8")
    table = read_members(path, made)
    assert table.columns == ["filename", "label", "label_number", "embedding"]
    assert table["filename"].to_list() == ["a.jpg", "b/c.jpg"]
    assert table["label_number"].to_list() == [3, -6]
    assert table["label"].to_list() == names
    assert table["embedding"].to_numpy().tolist() == [[1, 2], [4, 5]]
    assert known_numbers(table, made) == numbers
    assert pool_dimensions(path) == dimensions(table) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("filenames,embedding_0,labels\na,1,0\na,2,0\n", "line 3, column filenames: 'a' stands in line 2 too"),
        ("filenames,embedding_0,labels\na,x,0\n", "line 2, column embedding_0: 'x' is not a number"),
        ("filenames,embedding_0,labels\n../a,1,0\n", "line 2, column filenames"),
        ("filenames,embedding_0\na,1\n", "there is no column labels"),
        ("filenames,embedding_0,labels\n", "holds a header but no rows"),
    ],
)
def test_a_malformed_file_names_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "datapool_latest.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        read_members(path)
    assert "\n" not in str(error.value)


def test_a_foreign_pool_of_unit_vectors_fits_no_run_without_normalisation() -> None:
    table = members(["a", "b"])
    refuse_unit_vectors("pool", table)
    rows = table["embedding"].to_numpy()
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    with pytest.raises(InputError, match="all have length 1, but this run has normalize_embeddings=False"):
        refuse_unit_vectors("pool", table.with_columns(embedding=pl.Series(unit, dtype=pl.Array(pl.Float32, 3))))
