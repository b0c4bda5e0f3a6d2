import polars as pl
import pytest

from resources.catalog import processed_files
from resources.catalog.datasets import add_missing, remove_datasets
from resources.catalog.processed_files import SCHEMA, ProcessedFiles


def files(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, SCHEMA, orient="row")


def known(dataset: str) -> set[tuple[str, str, int]]:
    return set(ProcessedFiles(dataset).table().iter_rows())


@pytest.mark.usefixtures("catalog")
def test_files_are_known_as_they_were_added_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processed_files, "BLOCK", 2)
    add_missing(["a", "b"])
    assert known("a") == set() and ProcessedFiles("a").table().schema == SCHEMA
    first = [(f"{i}.jpg", f"etag-{i}", i) for i in range(5)]
    ProcessedFiles("a").add(files(*first), "run-1")
    assert known("a") == set(first) and known("b") == set()
    ProcessedFiles("a").add(files(("4.jpg", "new", 1 << 40), ("ä\U0001f408" + "x" * 5000, "e", 7)), "run-2")
    assert known("a") == {*first[:4], ("4.jpg", "new", 1 << 40), ("ä\U0001f408" + "x" * 5000, "e", 7)}
    assert ProcessedFiles("a").count() == 6 and ProcessedFiles("b").count() == 0


@pytest.mark.usefixtures("catalog")
def test_of_files_that_cannot_all_be_added_none_is() -> None:
    add_missing(["a"])
    with pytest.raises(Exception, match=r"NOT NULL|not-null"):
        ProcessedFiles("a").add(files(("x", "e", 1), ("y", None, 1)), "run")  # type: ignore[arg-type]
    assert known("a") == set()


@pytest.mark.usefixtures("catalog")
def test_a_removed_dataset_leaves_none() -> None:
    add_missing(["a", "b"])
    for name in ("a", "b"):
        ProcessedFiles(name).add(files(("x", name, 1)), "run")
    remove_datasets(["a"])
    add_missing(["a"])
    assert known("a") == set() and known("b") == {("x", "b", 1)}


@pytest.mark.usefixtures("catalog")
def test_files_of_a_dataset_that_is_gone_are_refused() -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        ProcessedFiles("gone").add(files(("x", "e", 1)), "run")
