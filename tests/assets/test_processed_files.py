import pytest

from resources.catalog.processed_files import ProcessedFiles
from tests.assets.conftest import DATASET, Alone
from tests.assets.small_tables import draw


def test_what_was_read_is_processed_and_then_no_longer_new(alone: Alone) -> None:
    for name in ("a.png", "b.png", "c.png"):
        draw(alone.input / name)
    (alone.input / "c.png").write_bytes(b"no picture")
    listed = alone("input_samples").tables["input_samples"].frame
    alone("checked_samples")
    made = alone("processed_files")
    assert made.tables["processed_files"].frame.equals(listed.select("source", "etag", "size"))
    assert made.metadata["processed_files"]["files"] == 3
    assert made.metadata["processed_files"]["could_not_be_read"] == 0
    assert ProcessedFiles(DATASET).table().sort("source").equals(listed.select("source", "etag", "size"))
    nothing = alone("input_samples")
    assert nothing.tables == {} and not nothing.folder.exists()
    (alone.input / "b.png").write_bytes((alone.input / "a.png").read_bytes() + b"changed")
    draw(alone.input / "d.png")
    again = alone("input_samples")
    assert again.tables["input_samples"].frame["filename"].to_list() == ["b.png", "d.png"]
    assert "Found 4 input images in input_dir." in again.log
    assert "2 of them are new; earlier runs have processed the others." in again.log
    everything = alone("input_samples", input_samples={"process_all": True})
    assert everything.tables["input_samples"].frame["filename"].to_list() == ["a.png", "b.png", "c.png", "d.png"]
    assert "are new" not in everything.log


def test_what_could_not_be_read_stays_new(alone: Alone, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.png", "b.png"):
        draw(alone.input / name)
    alone("input_samples")
    (alone.input / "b.png").unlink()
    alone("checked_samples")
    made = alone("processed_files")
    assert made.tables["processed_files"].frame["source"].to_list() == ["a.png"]
    assert made.metadata["processed_files"]["could_not_be_read"] == 1
    assert "1 files could not be read: the next run of the dataset tries them again." in caplog.text
    draw(alone.input / "b.png")
    assert alone("input_samples").tables["input_samples"].frame["filename"].to_list() == ["b.png"]
