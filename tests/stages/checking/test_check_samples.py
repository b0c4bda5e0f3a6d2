import hashlib
import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from configs.errors import InputError
from configs.stages.check import CheckConfig
from selection_assets.stages.checking import check_samples as module
from selection_assets.stages.checking.check_pool import CheckedFile, check_images
from selection_assets.stages.checking.check_samples import (
    CheckedSamples,
    check_samples,
    corruptness_information,
    thumbnail_of,
    unchecked_samples,
)
from selection_assets.stages.samples.sample import as_samples
from tests.stages.drawn_pictures import encoded, textured

CONFIG = CheckConfig(num_workers=1, thumbnail_size=32)


class Memory:
    """A cache in memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str, str], bytes] = {}

    def get_many(self, kind: str, scope: str, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.values[kind, scope, key] for key in keys if (kind, scope, key) in self.values}

    def known(self, kind: str, scope: str, keys: Sequence[str]) -> set[str]:
        return set(self.get_many(kind, scope, keys))

    def put_many(self, kind: str, scope: str, values: Any) -> None:
        self.values.update({(kind, scope, key): value for key, value in values})


FILES = {
    "b.png": encoded(textured(64, 48, 1), "PNG"),
    "a.png": encoded(textured(48, 64, 2), "PNG"),
    "broken.png": b"no picture",
    "c.jpg": encoded(textured(40, 40, 3), "JPEG"),
}


def table(names: Sequence[str] = tuple(FILES)) -> pl.DataFrame:
    return as_samples(
        pl.DataFrame({"filename": names, "kind": ["image"] * len(names), "label": ["x"] * len(names), "source": names})
    )


def checked(cache: Memory | None = None, samples: pl.DataFrame | None = None) -> tuple[CheckedSamples, bytes]:
    """The tables and the pack."""
    pack = BytesIO()

    def add(jpeg: bytes) -> int:
        begin = pack.tell()
        pack.write(jpeg)
        return begin

    samples = table() if samples is None else samples
    return check_samples(samples, FILES.__getitem__, CONFIG, cache or Memory(), add), pack.getvalue()


def assert_is_of_its_own_file(found: CheckedSamples, pack: bytes) -> None:
    """Every row and every thumbnail is that of the file of the same name."""
    for row in found.samples.iter_rows(named=True):
        data = FILES[row["filename"]]
        assert row["size_in_bytes"] == len(data)
        assert row["content_key"].endswith(hashlib.sha256(data).hexdigest())
        if row["healthy"]:
            assert (row["width"], row["height"]) == Image.open(BytesIO(data)).size
    for row in found.thumbnails.iter_rows(named=True):
        jpeg = pack[row["begin"] : row["begin"] + row["length"]]
        with Image.open(BytesIO(jpeg)) as small, Image.open(BytesIO(FILES[row["filename"]])) as large:
            assert small.size == (row["width"], row["height"])
            expected = np.asarray(large.convert("RGB").resize(small.size, Image.Resampling.BILINEAR), np.float64)
            assert np.abs(np.asarray(small, np.float64) - expected).mean() < 8


def test_rows_and_thumbnails_are_those_of_their_files() -> None:
    found, pack = checked()
    assert found.samples["filename"].to_list() == list(FILES)
    assert found.samples["healthy"].to_list() == [True, True, False, True]
    assert found.thumbnails["filename"].to_list() == ["b.png", "a.png", "c.jpg"]
    assert_is_of_its_own_file(found, pack)


@pytest.mark.parametrize("block", [1, 2, 256])
def test_results_are_joined_by_name_whatever_their_order(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    def backwards(*arguments: Any, **named: Any) -> Iterator[CheckedFile]:
        yield from reversed(list(check_images(*arguments, **named)))

    monkeypatch.setattr(module, "BLOCK", block)
    in_order, _ = checked()
    monkeypatch.setattr(module, "check_images", backwards)
    found, pack = checked()
    assert found.samples.equals(in_order.samples)
    assert_is_of_its_own_file(found, pack)
    same = ["filename", "content_key", "width", "height", "length"]
    assert found.thumbnails.select(same).sort("filename").equals(in_order.thumbnails.select(same).sort("filename"))


def test_rows_of_any_order_have_their_own_verdicts() -> None:
    found, pack = checked(samples=table().reverse())
    assert found.samples["filename"].to_list() == list(FILES)[::-1]
    assert_is_of_its_own_file(found, pack)
    assert found.samples.reverse().equals(checked()[0].samples)


def test_files_are_read_by_their_source() -> None:
    named = table(["b.png", "c.jpg"]).with_columns(filename=pl.Series(["first.png", "second.jpg"]))
    found, _ = checked(samples=named)
    assert found.samples["filename"].to_list() == found.thumbnails["filename"].to_list() == ["first.png", "second.jpg"]
    assert found.samples["size_in_bytes"].to_list() == [len(FILES["b.png"]), len(FILES["c.jpg"])]


def test_vectors_among_pictures_are_not_read() -> None:
    pictures, _ = checked()
    vectors = as_samples(pl.DataFrame({"filename": ["w", "v"], "kind": ["vector"] * 2, "label": ["3", "-1"]}))
    mixed = pl.concat([vectors.head(1), table(), vectors.tail(1)])
    found, pack = checked(samples=mixed)
    assert found.samples.select(mixed.columns).equals(mixed)
    assert found.samples.columns == pictures.samples.columns
    assert found.samples.filter(pl.col("kind") == "image").equals(pictures.samples)
    others = found.samples.filter(pl.col("kind") == "vector")
    assert others["healthy"].to_list() == [True, True]
    assert others.select("content_key", "pixel_key", "width", "size_in_bytes", "reason").null_count().row(0) == (2,) * 5
    assert found.thumbnails["filename"].to_list() == ["b.png", "a.png", "c.jpg"]
    assert_is_of_its_own_file(CheckedSamples(pictures.samples, found.thumbnails, 0), pack)


def test_known_verdicts_give_the_same_tables() -> None:
    cache = Memory()
    first, pack = checked(cache)
    again, same_pack = checked(cache)
    assert (first.reused, again.reused) == (0, len(FILES))
    assert again.samples.equals(first.samples)
    assert again.thumbnails.equals(first.thumbnails)
    assert same_pack == pack


def test_a_verdict_without_its_thumbnail_is_made_anew() -> None:
    cache = Memory()
    first, _ = checked(cache)
    cache.values = {key: value for key, value in cache.values.items() if key[0] != "thumbnails"}
    again, pack = checked(cache)
    assert again.reused == 1  # the corrupt one has none
    assert again.samples.equals(first.samples)
    assert_is_of_its_own_file(again, pack)


def test_the_first_corrupt_file_ends_a_run_without_the_check() -> None:
    config = CheckConfig(num_workers=1, enable_corruptness_check=False)
    with pytest.raises(InputError, match=r"^broken\.png: .*; remove it, or set enable_corruptness_check=True"):
        check_samples(table(), FILES.__getitem__, config, Memory(), lambda _: 0)


def test_what_is_told_of_corrupt_files() -> None:
    told = corruptness_information(checked()[0].samples)
    assert list(told) == ["corrupt_samples", "corrupt_videos", "reasons"]
    assert set(told["corrupt_samples"]) == set(told["reasons"]) == {"broken.png"}
    row = checked()[0].samples.row(2, named=True)
    assert told["corrupt_samples"]["broken.png"] == row["reason_class"]
    assert told["reasons"]["broken.png"] == row["reason"]
    assert json.loads(json.dumps(told)) == told


def test_samples_without_files_have_the_same_columns() -> None:
    unchecked = unchecked_samples(table())
    assert set(unchecked.samples.columns) == set(checked()[0].samples.columns)
    assert unchecked.samples.select(sorted(unchecked.samples.columns)).schema == (
        checked()[0].samples.select(sorted(unchecked.samples.columns)).schema
    )
    assert unchecked.samples["healthy"].all()
    assert unchecked.thumbnails.is_empty()


def test_the_thumbnail_of_one_picture() -> None:
    jpeg = thumbnail_of("b.png", FILES.__getitem__, CONFIG)
    assert jpeg is not None
    assert Image.open(BytesIO(jpeg)).size == (43, 32)
    assert thumbnail_of("broken.png", FILES.__getitem__, CONFIG) is None


def test_what_is_seen_and_judged_is_not_read_again() -> None:
    cache, reads = Memory(), []

    def read(name: str) -> bytes:
        reads.append(name)
        return FILES[name]

    samples = as_samples(
        pl.DataFrame([(n, "image", n, "x") for n in FILES], ["filename", "kind", "source", "label"], orient="row")
    )
    first = check_samples(samples, read, CONFIG, cache, lambda _: 0)
    assert sorted(reads) == sorted(FILES)
    reads.clear()
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    packed: list[bytes] = []
    seen = {**hashes, "c.jpg": "0" * 64}  # of what was never judged
    again = check_samples(samples, read, CONFIG, cache, lambda jpeg: packed.append(jpeg) or 7, seen=seen)
    assert reads == ["c.jpg"]
    assert again.samples.equals(first.samples) and again.reused == 4
    assert len(packed) == 3 and set(again.thumbnails["filename"]) == {"a.png", "b.png", "c.jpg"}
    other = check_samples(
        samples, read, CONFIG.model_copy(update={"thumbnail_size": 33}), cache, lambda _: 0, seen=hashes
    )
    assert sorted(reads) == sorted([*FILES, "c.jpg"]) and other.reused == 0
