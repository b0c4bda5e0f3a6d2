"""The assets `checked_samples` and `thumbnails`."""

import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from resources.thumbnail_packs import ThumbnailPacks
from tests.assets.conftest import DATASET, Alone, Made
from tests.assets.small_tables import draw, samples, sha256

NAMES = ["a/empty.png", "a/large.png", "b/grey.png", "b/text.jpg"]


@pytest.fixture
def files(alone: Alone) -> list[Path]:
    """Two healthy pictures and two that are none."""
    draw(alone.input / "a/large.png", 300, 200)
    (alone.input / "b").mkdir()
    Image.new("RGB", (40, 30), (51, 51, 51)).save(alone.input / "b/grey.png")
    (alone.input / "a/empty.png").write_bytes(b"")
    (alone.input / "b/text.jpg").write_text("no picture", encoding="utf-8")
    alone.write(input_samples=samples(NAMES, masked=[False, True, False, False]))
    return [alone.input / name for name in NAMES]


def test_every_column(alone: Alone, files: list[Path]) -> None:
    made = alone("checked_samples")
    frame = made.tables["checked_samples"].frame
    given = samples(NAMES, masked=[False, True, False, False])
    assert frame.select(given.columns).equals(given)
    assert frame.columns[len(given.columns) :] == [
        "content_key", "healthy", "reason", "reason_class", "pixel_key",
        "width", "height", "sharpness", "snr", "luminance", "size_in_bytes",
    ]  # fmt: skip
    assert frame["healthy"].to_list() == [False, True, True, False]
    assert [key.rpartition("/")[2] for key in frame["content_key"]] == [sha256(file) for file in files]
    assert frame["size_in_bytes"].to_list() == [file.stat().st_size for file in files]
    assert frame["width"].to_list() == [None, 300, 40, None]
    assert frame["height"].to_list() == [None, 200, 30, None]
    assert frame["luminance"][2] == pytest.approx(100 * 51 / 255, abs=0.5)
    assert frame["sharpness"][2] == pytest.approx(0, abs=1e-6)
    assert frame["sharpness"][1] > 0
    for name in ("reason", "reason_class"):
        assert frame[name].is_null().to_list() == [False, True, True, False]
    for name in ("pixel_key", "sharpness", "snr", "luminance"):
        assert frame[name].is_null().to_list() == [True, False, False, True]


def test_lists_and_what_is_known_of_corrupt_files(alone: Alone, files: list[Path]) -> None:
    made = alone("checked_samples")
    assert made.files == {
        "corruptness_check_information.json", "data/clean_filenames.txt", "filenames/corrupt_filenames.txt",
    }  # fmt: skip
    assert made.names("filenames/corrupt_filenames.txt") == ["a/empty.png", "b/text.jpg"]
    assert made.names("data/clean_filenames.txt") == ["a/large.png", "b/grey.png"]
    told = json.loads((made.folder / "corruptness_check_information.json").read_text(encoding="utf-8"))
    corrupt = made.tables["checked_samples"].frame.filter(~pl.col("healthy"))
    assert told == {
        "corrupt_samples": dict(corrupt.select("filename", "reason_class").rows()),
        "corrupt_videos": {},
        "reasons": dict(corrupt.select("filename", "reason").rows()),
    }
    assert set(told["corrupt_samples"]) == {"a/empty.png", "b/text.jpg"}
    assert all(" " in reason for reason in told["reasons"].values())  # a sentence
    assert all(" " not in kind for kind in told["corrupt_samples"].values())  # the name of a class
    assert "Checking for corrupt images (disable with enable_corruptness_check=False)." in made.log


def test_thumbnails_lie_in_the_pack_where_the_table_says(alone: Alone, files: list[Path]) -> None:
    made = alone("checked_samples", checked_samples={"thumbnail_size": 64})
    table = made.tables["thumbnails"]
    frame = table.frame
    assert frame["filename"].to_list() == ["a/large.png", "b/grey.png"]
    healthy = made.tables["checked_samples"].frame.filter("healthy")
    assert frame["content_key"].to_list() == healthy["content_key"].to_list()
    assert frame.select("width", "height").rows() == [(96, 64), (40, 30)]
    assert frame["begin"].to_list() == [0, frame["length"][0]]
    assert table.figures["pack"] == made.run_id
    jpegs = ThumbnailPacks(alone.home / "thumbnails").of(DATASET, table).jpegs(frame["content_key"].to_list())
    pictures = [Image.open(io.BytesIO(jpegs[key])) for key in frame["content_key"]]
    assert [picture.size for picture in pictures] == [(96, 64), (40, 30)]
    assert np.asarray(pictures[1]).mean() == pytest.approx(51, abs=1)
    assert made.metadata["thumbnails"]["thumbnails"] == 2


def test_figures_and_check(alone: Alone, files: list[Path]) -> None:
    made = alone("checked_samples")
    about = made.metadata["checked_samples"]
    assert (about["corrupt"], about["taken_from_cache"]) == (2, 0)
    assert "b/text.jpg" in about["corrupt_samples"] and "b/grey.png" not in about["corrupt_samples"]
    assert "content_key" not in about["preview"]
    check = made.checks["corrupt_share"]
    assert (check.passed, check.blocking, check.metadata["corrupt_share"].value) == (False, False, 0.5)


def test_what_was_judged_is_not_judged_again(alone: Alone, files: list[Path]) -> None:
    first = alone("checked_samples")
    draw(alone.input / "b/grey.png", 50, 50, seed=1)
    second = alone("checked_samples")
    assert second.metadata["checked_samples"]["taken_from_cache"] == 3
    before, after = (made.tables["checked_samples"].frame for made in (first, second))
    assert before.filter(pl.col("filename") != "b/grey.png").equals(after.filter(pl.col("filename") != "b/grey.png"))
    assert second.tables["thumbnails"].frame.select("width", "height").rows() == [(192, 128), (50, 50)]


def without_check(alone: Alone) -> Made:
    return alone("checked_samples", checked_samples={"enable_corruptness_check": False})


def test_without_the_check_there_are_no_lists_of_it(alone: Alone) -> None:
    draw(alone.input / "x.png")
    alone.write(input_samples=samples(["x.png"]))
    made = without_check(alone)
    assert made.files == {"filenames/corrupt_filenames.txt"}
    assert made.names("filenames/corrupt_filenames.txt") == []
    assert made.tables["checked_samples"].frame["healthy"].to_list() == [True]
    assert len(made.tables["thumbnails"].frame) == 1
    assert "corrupt images" not in (made.folder / "log.txt").read_text(encoding="utf-8")


def test_without_the_check_a_corrupt_file_ends_the_run(alone: Alone, files: list[Path]) -> None:
    line = alone.fault("checked_samples", checked_samples={"enable_corruptness_check": False})
    assert line.startswith("a/empty.png: ")
    assert line.endswith("remove it, or set enable_corruptness_check=True to leave it out")


def test_nothing_is_checked_of_an_embeddings_file(alone: Alone) -> None:
    alone.write(input_samples=samples(["a", "b"], "vector"))
    made = alone("checked_samples")
    frame = made.tables["checked_samples"].frame
    assert frame["healthy"].to_list() == [True, True]
    assert frame.select("content_key", "pixel_key", "width", "sharpness", "reason").null_count().row(0) == (2,) * 5
    assert made.tables["thumbnails"].frame.is_empty()
    assert made.files == {"filenames/corrupt_filenames.txt"}
    assert "corrupt images" not in made.log
    assert made.checks["corrupt_share"].passed


def test_a_vector_among_pictures_is_not_read(alone: Alone, files: list[Path]) -> None:
    (alone.input / "v.png").write_bytes(b"")
    alone.write(input_samples=pl.concat([samples(["v.png"], "vector"), samples(NAMES)]))
    made = alone("checked_samples")
    frame = made.tables["checked_samples"].frame
    assert frame.select("filename", "healthy").rows() == [
        ("v.png", True), ("a/empty.png", False), ("a/large.png", True), ("b/grey.png", True), ("b/text.jpg", False),
    ]  # fmt: skip
    assert frame["size_in_bytes"][0] is None
    assert made.tables["thumbnails"].frame["filename"].to_list() == ["a/large.png", "b/grey.png"]


def test_of_many_corrupt_samples_twenty_are_shown(alone: Alone) -> None:
    names = [f"{number:02d}.png" for number in range(21)]
    for name in names:
        (alone.input / name).write_bytes(b"")
    draw(alone.input / "x.png")
    alone.write(input_samples=samples([*names, "x.png"]))
    shown = alone("checked_samples").metadata["checked_samples"]["corrupt_samples"]
    assert [name in shown for name in names] == [True] * 20 + [False]


def test_a_larger_file_than_the_option_allows_is_corrupt(alone: Alone, files: list[Path]) -> None:
    size = files[1].stat().st_size
    made = alone("checked_samples", checked_samples={"max_file_bytes": size - 1})
    row = made.tables["checked_samples"].frame.row(1, named=True)
    assert (row["filename"], row["healthy"]) == ("a/large.png", False)
    assert row["reason"] == f"cannot be read: its {size:,} bytes exceed the limit of {size - 1:,} bytes"
    made = alone("checked_samples", checked_samples={"max_file_bytes": size})
    assert made.tables["checked_samples"].frame["healthy"].to_list() == [False, True, True, False]


def test_a_share_below_the_input_that_goes_away_makes_no_picture_corrupt(alone: Alone, files: list[Path]) -> None:
    (alone.input / "b").rename(alone.input.parent / "unmounted")
    line = alone.fault("checked_samples")
    assert line.startswith(
        f"folder {alone.input / 'b'} cannot be read any more (No such file or directory): check the "
    )
    (alone.input.parent / "unmounted").rename(alone.input / "b")
    files[2].unlink()
    reasons = dict(alone("checked_samples").tables["checked_samples"].frame.select("filename", "reason").rows())
    assert reasons["b/grey.png"] == "cannot be read: No such file or directory"


def test_all_corrupt_is_one_line(alone: Alone) -> None:
    (alone.input / "x.png").write_bytes(b"")
    alone.write(input_samples=samples(["x.png"]))
    line = alone.fault("checked_samples")
    assert line.startswith("all 1 images are corrupt, so nothing can be selected; the first one is x.png: ")
