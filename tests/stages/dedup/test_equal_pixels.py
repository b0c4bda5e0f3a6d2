import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from configs.errors import InputError
from resources.stores.local_store import LocalStore
from selection_assets.stages import progress
from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.dedup import equal_pixels as module
from selection_assets.stages.dedup.equal_pixels import equal_pixels, pixel_digests
from selection_assets.stages.pictures.picture_limits import PictureLimits
from tests.stages.drawn_pictures import encoded, textured


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def with_note(image: Image.Image, text: str) -> bytes:
    note = PngImagePlugin.PngInfo()
    note.add_text("n", text)
    return encoded(image, "PNG", pnginfo=note)


ONE, OTHER = textured(90, 70, seed=1), textured(90, 70, seed=2)
ALMOST = np.asarray(ONE).copy()
ALMOST[35, 45, 1] ^= 1
DEEP = (np.arange(90 * 70, dtype=np.uint16) % 40).reshape(70, 90)
FILES = {
    "one.png": encoded(ONE, "PNG"),
    "other.png": encoded(OTHER, "PNG"),
    "one noted.png": with_note(ONE, "copy"),
    "one.bmp": encoded(ONE, "BMP"),
    "almost.png": encoded(Image.fromarray(ALMOST), "PNG"),
    "one again.png": encoded(ONE, "PNG"),
    "deep.png": encoded(Image.fromarray(DEEP), "PNG"),
    "deep noted.png": with_note(Image.fromarray(DEEP), "copy"),
    "deeper.png": encoded(Image.fromarray(DEEP + np.uint16(1)), "PNG"),
    "other.webp": encoded(OTHER, "WEBP", lossless=True),
    "other.jpg": encoded(OTHER, "JPEG", quality=95),
}
SETS = [
    ["one.png", "one noted.png", "one.bmp", "one again.png"],
    ["other.png", "other.webp"],
    ["deep.png", "deep noted.png"],
]


def joined(groups: list[list[int]], names: Sequence[str]) -> list[list[str]]:
    """Groups that share a row as one, by names, sorted."""
    sets: list[set[str]] = []
    for group in groups:
        together = {names[row] for row in group}
        for other in [one for one in sets if one & together]:
            sets.remove(other)
            together |= other
        sets.append(together)
    return sorted(sorted(one) for one in sets)


def keys(files: Mapping[str, bytes]) -> list[str]:
    return [check_image(data, name, 32, 10**6).pixel_key or "" for name, data in files.items()]


def digests(files: Mapping[str, bytes], **options: Any) -> Callable[[Sequence[str], Sequence[str]], dict[str, str]]:
    return partial(pixel_digests, read=files.__getitem__, limits=PictureLimits(), num_workers=1, **options)


@pytest.mark.parametrize("order", [1, -1])
def test_equal_pixels_whatever_the_file_and_the_order(order: int) -> None:
    files = dict(list(FILES.items())[::order])
    names = list(files)
    groups = equal_pixels(names, [sha(data) for data in files.values()], keys(files), digests(files))
    assert joined(groups, names) == sorted(sorted(one) for one in SETS)


def test_equal_bytes_are_not_decoded() -> None:
    files = {"a.png": FILES["one.png"], "b.png": FILES["other.png"], "c.png": FILES["one.png"]}

    def nothing(*_: object) -> dict[str, str]:
        raise AssertionError("decoded")

    assert equal_pixels(list(files), [sha(data) for data in files.values()], keys(files), nothing) == [[0, 2]]
    assert equal_pixels([], [], [], nothing) == []


def test_only_candidates_of_different_content_are_decoded() -> None:
    asked: list[str] = []

    def counted(filenames: Sequence[str], content_hashes: Sequence[str]) -> Mapping[str, str]:
        asked.extend(filenames)
        return digests(FILES)(filenames, content_hashes)

    some = {name: FILES[name] for name in ("one.png", "one again.png", "one.bmp", "deeper.png")}
    groups = equal_pixels(list(some), [sha(data) for data in some.values()], keys(some), counted)
    assert joined(groups, list(some)) == [["one again.png", "one.bmp", "one.png"]]
    assert asked == ["one.png", "one.bmp"]


def test_digests_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STORE_EVERY", 3)
    memory: dict[str, str] = {}
    stored: list[int] = []

    def remember(fresh: Mapping[str, str]) -> None:
        stored.append(len(fresh))
        memory.update(fresh)

    def known(content_hashes: Sequence[str]) -> Mapping[str, str]:
        return {one: memory[one] for one in content_hashes if one in memory}

    different = {name: data for name, data in FILES.items() if name != "one again.png"}
    hashes = [sha(data) for data in different.values()]
    first = digests(different, known=known, remember=remember)(list(different), hashes)
    assert set(first) == set(hashes) and first == memory and stored == [3, 3, 3, 1]
    again = digests({}, known=known, remember=remember)(list(different), hashes)  # nothing can be read
    assert again == first and len(stored) == 4


def test_progress_counts_the_pictures_that_are_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "LOG_EVERY_SECONDS", 0)
    caplog.set_level("INFO")
    some = {name: FILES[name] for name in ("one.png", "one.bmp", "deeper.png")}
    digests(some)(list(some), [sha(data) for data in some.values()])
    told = [line.partition(" images")[0] for line in caplog.messages if line.startswith("Comparing pixels")]
    assert told == ["Comparing pixels: 1 of 3", "Comparing pixels: 2 of 3", *["Comparing pixels: 3 of 3"] * 2]


def write(folder: Path) -> Callable[[str], bytes]:
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return partial(LocalStore(folder).get, max_bytes=1 << 20)


def test_a_file_that_changed_or_is_gone_ends_the_run(tmp_path: Path) -> None:
    read = write(tmp_path)
    names = ["other.png", "one.png", "one.bmp"]
    hashes = [sha(FILES[name]) for name in names]
    memory: dict[str, str] = {}

    def compare() -> dict[str, str]:
        return pixel_digests(names, hashes, read=read, limits=PictureLimits(), num_workers=1, remember=memory.update)

    whole = compare()
    memory.clear()
    (tmp_path / "one.png").write_bytes(FILES["other.png"])
    with pytest.raises(InputError, match=r"^one\.png changed during the run: .* run again when nothing writes"):
        compare()
    assert memory == {hashes[0]: whole[hashes[0]]}  # what was done stays done
    (tmp_path / "one.png").unlink()
    with pytest.raises(InputError, match=r"^one\.png cannot be compared .*: cannot be read: No such file .*; run"):
        compare()
