import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from PIL import Image

from configs.errors import InputError
from configs.stages.check import CheckConfig
from resources.sample_cache import SampleCache
from selection_assets.stages.checking import check_samples as module
from selection_assets.stages.checking.check_samples import (
    CheckedSamples,
    check_samples,
    corruptness_information,
    refuse_all_corrupt,
    thumbnail_of,
    unchecked_samples,
)
from selection_assets.stages.checking.image_check import check_image
from tests.stages.drawn_pictures import encoded, textured

FILES = {
    "a/1.png": encoded(textured(300, 200, seed=1), "PNG"),
    "a/2.png": b"no picture",
    "b/3.jpg": encoded(textured(60, 50, seed=2), "JPEG"),
    "b/4.jpg": encoded(textured(300, 200, seed=1), "PNG"),
}
SAMPLES = pl.DataFrame(
    {
        "filename": list(FILES),
        "kind": ["image"] * 4,
        "source": list(FILES),
        "label": ["a", "a", "b", "b"],
        "extra": [1.0, None, 3.0, 4.0],
    }
)


class Pack:
    """Thumbnails one behind the other."""

    def __init__(self) -> None:
        self.content = b""

    def __call__(self, jpeg: bytes) -> int:
        begin = len(self.content)
        self.content += jpeg
        return begin


def check(
    folder: Path, pack: Pack, samples: pl.DataFrame = SAMPLES, files: dict[str, bytes] = FILES, **options: Any
) -> CheckedSamples:
    config = CheckConfig.model_validate({"num_workers": 1, **options})
    return check_samples(samples, files.__getitem__, config, SampleCache(folder / "cache.sqlite"), pack)


def test_every_sample_has_its_verdict_beside_its_columns(tmp_path: Path) -> None:
    pack = Pack()
    found = check(tmp_path, pack)
    assert found.reused == 0
    table = found.samples
    assert table.select(SAMPLES.columns).equals(SAMPLES)
    assert table["healthy"].to_list() == [True, False, True, False]
    for name, row in zip(FILES, table.iter_rows(named=True), strict=True):
        expected = check_image(FILES[name], name, 128, 178_956_970)
        measures = (
            "reason", "reason_class", "pixel_key", "width", "height", "sharpness", "snr", "luminance", "size_in_bytes",
        )  # fmt: skip
        for field in measures:
            assert row[field] == getattr(expected, field), field
    assert table.schema["width"] == table.schema["size_in_bytes"] == pl.Int64
    assert table.schema["sharpness"] == table.schema["luminance"] == table.schema["snr"] == pl.Float64
    assert table["content_key"].n_unique() == 4  # the same bytes as .png and .jpg too

    thumbnails = found.thumbnails
    assert thumbnails.columns == ["filename", "content_key", "width", "height", "begin", "length"]
    assert thumbnails.select("filename", "width", "height").rows() == [("a/1.png", 192, 128), ("b/3.jpg", 60, 50)]
    assert thumbnails["content_key"].to_list() == [table["content_key"][0], table["content_key"][2]]
    for name, row in zip(("a/1.png", "b/3.jpg"), thumbnails.iter_rows(named=True), strict=True):
        jpeg = pack.content[row["begin"] : row["begin"] + row["length"]]
        assert jpeg == check_image(FILES[name], name, 128, 178_956_970).thumbnail
        assert Image.open(io.BytesIO(jpeg)).size == (row["width"], row["height"])


def test_a_second_time_nothing_is_decoded(tmp_path: Path) -> None:
    first = check(tmp_path, Pack())
    pack = Pack()
    again = check(tmp_path, pack)
    assert again.reused == 4
    assert again.samples.equals(first.samples) and again.thumbnails.equals(first.thumbnails)
    assert len(pack.content) == first.thumbnails["length"].sum()


def test_new_and_known_samples_together(tmp_path: Path) -> None:
    check(tmp_path, Pack(), SAMPLES.head(1))
    pack = Pack()
    found = check(tmp_path, pack)
    assert found.reused == 1
    fresh = check(tmp_path / "other", Pack())
    assert found.samples.equals(fresh.samples) and found.thumbnails.equals(fresh.thumbnails)


@pytest.mark.parametrize("block", [1, 2, 3, 4])
def test_blocks_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    found = check(tmp_path, Pack())
    assert found.samples["filename"].to_list() == list(FILES)
    assert found.thumbnails["filename"].to_list() == ["a/1.png", "b/3.jpg"]


def test_without_the_check_the_first_corrupt_one_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        check(tmp_path, Pack(), enable_corruptness_check=False)
    assert str(error.value) == (
        "a/2.png: content is no picture that can be read; remove it, or set "
        "enable_corruptness_check=True to leave it out"
    )
    healthy = SAMPLES.filter(pl.col("filename").is_in(["a/1.png", "b/3.jpg"]))
    assert check(tmp_path, Pack(), healthy, enable_corruptness_check=False).samples["healthy"].all()


def test_where_nothing_is_healthy_nothing_can_be_selected(tmp_path: Path) -> None:
    refuse_all_corrupt(check(tmp_path, Pack()).samples)  # some are
    corrupt = check(tmp_path, Pack(), SAMPLES.filter(pl.col("filename").is_in(["a/2.png", "b/4.jpg"]))).samples
    with pytest.raises(InputError) as error:
        refuse_all_corrupt(corrupt)
    assert str(error.value) == (
        "all 2 images are corrupt, so nothing can be selected; the first one is a/2.png: "
        "content is no picture that can be read"
    )
    refuse_all_corrupt(check(tmp_path, Pack()).samples)  # one healthy sample is enough


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"max_pixels": 59_999}, "300 × 200 pixels exceed the limit of 59,999 pixels"),
        ({"max_file_bytes": len(FILES["a/1.png"]) - 1}, "bytes exceed the limit of"),
    ],
)
def test_limits_are_those_of_the_options(tmp_path: Path, options: dict[str, int], reason: str) -> None:
    both = SAMPLES.filter(pl.col("filename").is_in(["a/1.png", "b/3.jpg"]))
    table = check(tmp_path, Pack(), both, **options).samples
    assert table["healthy"].to_list() == [False, True]
    at_the_limit = {name: value + 1 for name, value in options.items()}
    assert check(tmp_path, Pack(), both, **at_the_limit).samples["healthy"].all()
    assert reason in table["reason"][0]


def test_the_size_of_thumbnails_is_that_of_the_options(tmp_path: Path) -> None:
    thumbnails = check(tmp_path, Pack(), thumbnail_size=32).thumbnails
    assert thumbnails.select("width", "height").rows() == [(48, 32), (38, 32)]


def test_samples_of_an_embeddings_file_count_as_healthy() -> None:
    found = unchecked_samples(SAMPLES)
    assert found.samples.select(SAMPLES.columns).equals(SAMPLES)
    assert found.samples["healthy"].to_list() == [True] * 4
    others = ("content_key", "reason", "reason_class", "pixel_key", "width", "sharpness", "size_in_bytes")
    assert all(found.samples[name].null_count() == 4 for name in others)
    assert found.thumbnails.is_empty() and found.thumbnails.columns[0] == "filename" and found.reused == 0


def test_what_the_json_file_tells_of_corrupt_samples(tmp_path: Path) -> None:
    assert corruptness_information(check(tmp_path, Pack()).samples) == {
        "corrupt_samples": {"a/2.png": "UnidentifiedImageError", "b/4.jpg": "FormatMismatch"},
        "corrupt_videos": {},
        "reasons": {
            "a/2.png": "content is no picture that can be read",
            "b/4.jpg": "content is PNG but the name ends in .jpg",
        },
    }


def test_the_thumbnail_of_one_picture() -> None:
    config = CheckConfig(thumbnail_size=32)
    expected = check_image(FILES["b/3.jpg"], "b/3.jpg", 32, 1_000_000).thumbnail
    assert thumbnail_of("b/3.jpg", FILES.__getitem__, config) == expected
    assert thumbnail_of("a/2.png", FILES.__getitem__, config) is None
    assert thumbnail_of("b/3.jpg", FILES.__getitem__, CheckConfig(max_pixels=2_999)) is None
