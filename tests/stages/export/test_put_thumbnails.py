"""Thumbnails into a place: what is put, how often, and what is left where something goes wrong."""

import io
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from configs.errors import InputError
from configs.thumbnail_suffix import DEFAULT
from resources.engine.local import map_batches
from resources.sample_cache import SampleCache
from resources.stores.local_store import LocalStore
from resources.stores.store import StoredObject
from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.export import put_thumbnails as module
from selection_assets.stages.export.put_thumbnails import PutThumbnails, put_thumbnails

SIZES = {"wide.png": (400, 300), "a/tall.jpg": (90, 700), "small.png": (60, 40), "strip.png": (5_000, 20)}


class CountedPlace:
    """In memory. puts: keys in the order in which they came."""

    name, readers = "memory", 8

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.puts: list[str] = []
        self.lists: list[str] = []
        self.at_once = self.most_at_once = 0
        self.fails: dict[str, Exception] = {}
        self.seconds = 0.0
        self._lock = threading.Lock()

    def place(self, key: str = "") -> str:
        return f"memory/{key}"

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        self.lists.append(prefix)
        for key, data in self.objects.items():
            if key.startswith(prefix):
                yield StoredObject(key, len(data), 0, f"etag of {hash(data)}")

    def put(self, key: str, data: bytes) -> str:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        time.sleep(self.seconds)
        with self._lock:
            self.at_once -= 1
            self.puts.append(key)
            if error := self.fails.get(key):
                raise error
            self.objects[key] = data
        return f"etag of {hash(data)}"


class Thumbnails:
    """Packed thumbnails of pictures that are known by name, as the check makes them; `put` puts them into `place`."""

    def __init__(self, cache: SampleCache) -> None:
        self.place: Any = CountedPlace()
        self.pictures: dict[str, Image.Image] = {}
        self.suffix = DEFAULT
        self._cache = cache
        self._packed: dict[str, bytes] = {}
        self._rows: dict[str, tuple[str, str, int, int]] = {}

    def draw(self, name: str, width: int = 200, height: int = 150, seed: int = 0) -> None:
        grid = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
        picture = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        file = io.BytesIO()
        picture.save(file, "PNG")
        check = check_image(file.getvalue(), "x.png", 128, 10**9)
        assert check.thumbnail and check.thumbnail_width and check.thumbnail_height
        key = f"{width}x{height}-{seed}"
        self.pictures[name], self._packed[key] = picture, check.thumbnail
        self._rows[name] = (name, key, check.thumbnail_width, check.thumbnail_height)

    def put(self) -> PutThumbnails:
        schema = {"filename": pl.String, "content_key": pl.String, "width": pl.Int64, "height": pl.Int64}
        frame = pl.DataFrame(list(self._rows.values()), schema=schema, orient="row")
        return put_thumbnails(frame, self._jpegs, self.place, self.suffix, self._cache, map_batches=map_batches)

    def _jpegs(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self._packed[key] for key in keys}


@pytest.fixture
def thumbnails(tmp_path: Path) -> Thumbnails:
    return Thumbnails(SampleCache(tmp_path / "cache.sqlite"))


def close(data: bytes, picture: Image.Image) -> bool:
    """Whether a thumbnail looks like the one that Pillow makes of the whole picture."""
    found = Image.open(io.BytesIO(data))
    small, file = picture.copy(), io.BytesIO()
    small.thumbnail((128, 128), Image.Resampling.BILINEAR)
    small.save(file, "JPEG", quality=90)
    expected = Image.open(file)
    assert found.format == "JPEG" and found.mode == "RGB"
    assert max(abs(ours - theirs) for ours, theirs in zip(found.size, expected.size, strict=True)) <= 1
    difference = np.asarray(found, float) - np.asarray(expected.resize(found.size), float)
    return float(np.abs(difference).mean()) < 4


def test_each_is_the_picture_with_its_longest_side_at_128(thumbnails: Thumbnails) -> None:
    for seed, (name, size) in enumerate(SIZES.items()):
        thumbnails.draw(name, *size, seed=seed)
    found = thumbnails.put()
    assert dict(found.written.rows()) == {
        "wide.png": ".lightly/thumbnails/wide_thumb.png",
        "a/tall.jpg": ".lightly/thumbnails/a/tall_thumb.jpg",
        "small.png": ".lightly/thumbnails/small_thumb.png",
        "strip.png": ".lightly/thumbnails/strip_thumb.png",
    }
    assert (found.put, found.refused) == (4, {})
    objects = {name: thumbnails.place.objects[key] for name, key in found.written.rows()}
    sizes = {name: Image.open(io.BytesIO(data)).size for name, data in objects.items()}
    assert sizes == {"wide.png": (128, 96), "a/tall.jpg": (16, 128), "small.png": (60, 40), "strip.png": (128, 1)}
    assert all(close(data, thumbnails.pictures[name]) for name, data in objects.items())


def test_what_is_there_unchanged_is_not_put_again(thumbnails: Thumbnails) -> None:
    for seed in range(6):
        thumbnails.draw(f"{seed}.png", seed=seed)
    thumbnails.put()
    assert thumbnails.place.lists == []  # all were new
    before = dict(thumbnails.place.objects)
    thumbnails.place.puts.clear()
    again = thumbnails.put()
    assert (again.put, thumbnails.place.puts, len(again.written)) == (0, [], 6)
    assert thumbnails.place.lists == [".lightly/thumbnails/"]
    del thumbnails.place.objects[".lightly/thumbnails/1_thumb.png"]
    thumbnails.place.objects[".lightly/thumbnails/2_thumb.png"] = b"of somebody else"
    thumbnails.draw("3.png", seed=33)
    third = thumbnails.put()
    expected = [f".lightly/thumbnails/{number}_thumb.png" for number in (1, 2, 3)]
    assert (third.put, sorted(thumbnails.place.puts), len(third.written)) == (3, expected, 6)
    changed = {key for key, data in thumbnails.place.objects.items() if data != before[key]}
    assert changed == {".lightly/thumbnails/3_thumb.png"}
    assert close(thumbnails.place.objects[expected[2]], thumbnails.pictures["3.png"])


def test_only_a_listing_that_can_save_something_is_made(thumbnails: Thumbnails) -> None:
    thumbnails.draw("a.png")
    thumbnails.put()
    thumbnails.draw("a.png", seed=1)
    assert thumbnails.put().put == 1
    assert thumbnails.place.lists == []


def test_another_place_and_another_suffix_are_filled_anew(thumbnails: Thumbnails) -> None:
    thumbnails.draw("a.png")
    thumbnails.put()
    thumbnails.suffix = ".lightly/small/[filename].jpg"
    assert thumbnails.put().written["written_as"].to_list() == [".lightly/small/a.jpg"]
    assert len(thumbnails.place.objects) == 2
    thumbnails.place = CountedPlace()
    thumbnails.place.name = "another"
    assert thumbnails.put().put == 1


def test_requests_are_many_at_once_and_never_more_than_the_place_wants(thumbnails: Thumbnails) -> None:
    thumbnails.draw("0.png")
    for number in range(1, 60):
        thumbnails._rows[f"{number}.png"] = (f"{number}.png", *thumbnails._rows["0.png"][1:])
    thumbnails.place.seconds = 0.01
    assert thumbnails.put().put == 60
    assert thumbnails.place.most_at_once == thumbnails.place.readers


def test_one_that_cannot_be_put_is_left_out(thumbnails: Thumbnails, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.png", "b.png", "c.png"):
        thumbnails.draw(name)
    thumbnails.place.fails[".lightly/thumbnails/b_thumb.png"] = OSError("its name has more than 1,024 bytes")
    found = thumbnails.put()
    assert found.put == 2 and found.refused == {"b.png": "its name has more than 1,024 bytes"}
    assert found.written["filename"].to_list() == ["a.png", "c.png"]
    message = "1 samples have no thumbnail in memory/ (first: b.png: its name has more than 1,024 bytes)"
    assert [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING] == [message]
    assert thumbnails.put().put == 0  # and is tried again: it fails again


def test_what_was_put_before_an_error_is_remembered(thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 4)
    thumbnails.place.readers = 1
    for seed in range(10):
        thumbnails.draw(f"{seed}.png", seed=seed)
    thumbnails.place.fails[".lightly/thumbnails/6_thumb.png"] = InputError("memory: the bucket is gone")
    with pytest.raises(InputError, match=r"^memory: the bucket is gone$"):
        thumbnails.put()
    thumbnails.place.fails.clear()
    thumbnails.place.puts.clear()
    found = thumbnails.put()
    assert len(found.written) == 10 and len(thumbnails.place.objects) == 10
    assert not {f".lightly/thumbnails/{seed}_thumb.png" for seed in range(6)} & set(thumbnails.place.puts)


def test_hostile_names_in_a_folder(thumbnails: Thumbnails, tmp_path: Path) -> None:
    """A name that the file system has no room for, and a file where another needs a folder."""
    for name in (f"{'x' * 246}.png", "a.jpg", "a_thumb.jpg/b.png", "good.png"):
        thumbnails.draw(name)
    thumbnails.place = LocalStore(tmp_path / "lightly")
    thumbnails.place.readers = 1
    found = thumbnails.put()
    assert found.refused == {f"{'x' * 246}.png": "File name too long", "a_thumb.jpg/b.png": "File exists"}
    files = {path.relative_to(tmp_path / "lightly").as_posix() for path in (tmp_path / "lightly").rglob("*.*g")}
    assert files == {".lightly/thumbnails/a_thumb.jpg", ".lightly/thumbnails/good_thumb.png"}
    assert thumbnails.put().put == 0


def test_a_folder_that_may_not_be_listed_or_written_to(thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch) -> None:
    thumbnails.draw("a.png")
    thumbnails.put()

    def denied(_: object, prefix: str = "") -> Iterator[StoredObject]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(CountedPlace, "list", denied)
    with pytest.raises(InputError, match=r"^memory/\.lightly/thumbnails: Permission denied; make it readable$"):
        thumbnails.put()


def test_memory_does_not_grow_with_the_number(thumbnails: Thumbnails) -> None:
    """Of packed thumbnails not many more are in hand than there are requests in flight."""
    thumbnails.draw("0.png")
    for number in range(1, 400):
        thumbnails._rows[f"{number}.png"] = (f"{number}.png", *thumbnails._rows["0.png"][1:])
    taken, jpegs = [0], thumbnails._jpegs
    most = [0]

    def counted(keys: Sequence[str]) -> dict[str, bytes]:
        taken[0] += len(keys)
        most[0] = max(most[0], taken[0] - len(thumbnails.place.puts))
        return jpegs(keys)

    thumbnails._jpegs = counted  # type: ignore[method-assign]
    assert thumbnails.put().put == 400
    assert most[0] <= 2 * thumbnails.place.readers
