"""Tables on disk, and when their version changes."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from dagster import build_output_context
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from configs.errors import InputError
from resources.tables import Table, TableIOManager, read_table

FRAME = pl.DataFrame(
    {
        "filename": ["a", "bc", None],
        "number": [1, None, 3],
        "share": [0.5, float("nan"), None],
        "flag": [True, None, False],
        "vector": pl.Series(np.eye(3, 2, dtype=np.float32), dtype=pl.Array(pl.Float32, 2)),
    }
)


def test_rows_facts_and_figures_come_back(tmp_path: Path) -> None:
    manager = TableIOManager(base_path=UPath(tmp_path))
    table = Table(FRAME, {"goals": [{"reached": 1.5}]}, {"seconds": 0.25})
    context = build_output_context(asset_key="made", partition_key="shapes")
    manager.dump_to_path(context, table, UPath(tmp_path / "made" / "shapes.parquet"))
    read = read_table(tmp_path / "made" / "shapes.parquet")
    assert read.frame.equals(FRAME)
    assert (read.facts, read.figures) == (table.facts, table.figures)
    assert read.digest() == table.digest()


def test_the_version_does_not_depend_on_memory() -> None:
    twice = pl.concat([FRAME, FRAME], rechunk=False)
    cut = pl.concat([FRAME, FRAME, FRAME])[3:]
    hidden = FRAME.with_columns(number=pl.Series([1, 99, 3])).with_columns(
        number=pl.when(pl.col("number") < 50).then(pl.col("number"))
    )
    assert Table(twice).digest() == Table(twice.rechunk()).digest()
    assert Table(cut).digest() == Table(twice).digest()
    assert Table(hidden).digest() == Table(FRAME).digest()


def test_what_dagster_knows_of_a_table(tmp_path: Path) -> None:
    manager = TableIOManager(base_path=UPath(tmp_path))
    context = build_output_context(asset_key="made", partition_key="shapes")
    manager.handle_output(context, Table(FRAME))
    file = tmp_path / "made" / "shapes.parquet"
    assert read_table(file).frame.equals(FRAME)
    about = context.consume_logged_metadata()
    assert about["dagster/uri"].value == file.as_uri()
    assert about["dagster/row_count"].value == 3
    schema = about["dagster/column_schema"].schema
    assert [(column.name, column.type) for column in schema.columns] == [
        ("filename", "String"), ("number", "Int64"), ("share", "Float64"), ("flag", "Boolean"),
        ("vector", "Array(Float32, shape=(2,))"),
    ]  # fmt: skip


def test_the_version_is_sixteen_digits() -> None:
    assert len(Table(FRAME).digest()) == 16
    assert set(Table(FRAME).digest()) <= set("0123456789abcdef")


CHANGES = {
    "a row less": FRAME[:2],
    "another order": FRAME[::-1],
    "another name": FRAME.rename({"number": "count"}),
    "a number": FRAME.with_columns(number=pl.Series([1, None, 4])),
    "a null in place of 0": FRAME.with_columns(number=pl.Series([1, 0, 3])),
    "texts joined elsewhere": FRAME.with_columns(filename=pl.Series(["ab", "c", None])),
    "an empty text in place of null": FRAME.with_columns(filename=pl.Series(["a", "bc", ""])),
    "another type": FRAME.with_columns(number=pl.col("number").cast(pl.Int32)),
    "a vector": FRAME.with_columns(vector=pl.Series(np.ones((3, 2), np.float32), dtype=pl.Array(pl.Float32, 2))),
    "a flag": FRAME.with_columns(flag=pl.Series([True, None, True])),
    "an empty list of lists": FRAME.with_columns(filename=pl.Series([["a"], ["bc"], None])),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_the_version_changes_with_the_content(changed: pl.DataFrame) -> None:
    assert Table(changed).digest() != Table(FRAME).digest()


def test_facts_count_and_figures_do_not() -> None:
    plain = Table(FRAME)
    assert Table(FRAME, {"a": 1}).digest() != plain.digest()
    assert Table(FRAME, {"a": 1, "b": 2}).digest() == Table(FRAME, {"b": 2, "a": 1}).digest()
    assert Table(FRAME, {}, {"seconds": 3}).digest() == plain.digest()


@given(st.lists(st.text(max_size=3), max_size=5), st.lists(st.text(max_size=3), max_size=5))
def test_different_texts_have_different_versions(first: list[str], second: list[str]) -> None:
    tables = [Table(pl.DataFrame({"t": pl.Series(texts, dtype=pl.String)})) for texts in (first, second)]
    assert (tables[0].digest() == tables[1].digest()) == (first == second)


def test_a_table_that_is_gone_or_damaged_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "embeddings" / "shapes.parquet"
    with pytest.raises(InputError, match="the table of the asset embeddings is not there; materialise this asset"):
        read_table(path)
    path.parent.mkdir()
    path.write_bytes(b"PAR1 but nothing more")
    with pytest.raises(InputError, match="the table of the asset embeddings cannot be read"):
        read_table(path)
    FRAME.write_parquet(path)  # of a version that knew no facts
    with pytest.raises(InputError, match="cannot be read"):
        read_table(path)


@pytest.mark.parametrize("key", ["../up", "a/b", "a|b"])
def test_a_partition_key_makes_no_path_elsewhere(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match="use up to 100 letters"):
        TableIOManager(base_path=UPath(tmp_path)).make_safe_partition_path(UPath(tmp_path), key)
