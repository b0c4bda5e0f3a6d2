import hashlib
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from resources.engine.local import map_batches
from resources.stores.local_store import LocalStore
from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.embedding.embedding_input import _from_files, embedding_input, files_to_embed
from selection_assets.stages.models.preprocessing import Interpolation, Preprocessing
from selection_assets.stages.pictures.model_pixels import model_pixels
from selection_assets.stages.pictures.picture_batches import CHUNK
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.pictures.picture_pixels import square_pixels
from selection_assets.stages.pictures.thumbnail_pixels import decode_thumbnail
from tests.stages.drawn_pictures import encoded, textured

SIZE = 48
PICTURES = {f"{n:02}.png": encoded(textured(100, 60 + n, seed=n), "PNG") for n in range(25)}
KEYS = {f"1-x/png/{hashlib.sha256(data).hexdigest()}": name for name, data in PICTURES.items()}
THUMBNAILS = {
    key: check_image(PICTURES[name], name, 32, 10**6).thumbnail or b"" for key, name in KEYS.items()
}  # fmt: skip


def some_thumbnails(keys: Sequence[str]) -> Mapping[str, bytes]:
    return {key: THUMBNAILS[key] for key in keys if key in THUMBNAILS}


def run(
    keys: Sequence[str],
    files: Mapping[str, str],
    read: Callable[[str], bytes] = PICTURES.__getitem__,
    interpolation: Interpolation = "bilinear",
    **options: Any,
) -> list[np.ndarray]:
    given: dict[str, Any] = {
        "thumbnails": some_thumbnails,
        "limits": PictureLimits(),
        "num_workers": 2,
        "ahead": 32,
    } | options
    seen = Preprocessing(SIZE, interpolation)
    return list(embedding_input(keys, seen, files=files, read=read, map_batches=map_batches, **given))


@pytest.mark.parametrize("num_workers", [0, 1, 2])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_thumbnails_and_files_in_the_order_of_the_keys(num_workers: int, interpolation: Interpolation) -> None:
    files = {key: name for number, (key, name) in enumerate(KEYS.items()) if number % 3 == 1}
    result = run(list(KEYS), files, interpolation=interpolation, num_workers=num_workers)
    assert len(result) == len(KEYS)
    for (key, name), pixels in zip(KEYS.items(), result, strict=True):
        if key in files:
            expected = model_pixels(PICTURES[name], name, SIZE, interpolation, 10**6)
        else:
            expected = square_pixels(decode_thumbnail(THUMBNAILS[key], key), SIZE, interpolation)
        assert pixels.dtype == np.uint8 and np.array_equal(pixels, expected)


def test_nothing_to_do() -> None:
    assert run([], {}) == []


def test_a_file_written_between_check_and_embedding_ends_the_run(tmp_path: Path) -> None:
    for name, data in PICTURES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "07.png").write_bytes(PICTURES["08.png"])
    read = partial(LocalStore(tmp_path).get, max_bytes=1 << 20)
    with pytest.raises(InputError, match=r"^07\.png changed during the run: it is not the content that was checked; "):
        run(list(KEYS), KEYS, read)
    assert all(process.name != "decoder" for process in multiprocessing.active_children())


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
        (lambda path: (path.unlink(), path.mkdir()), "cannot be read: Is a directory"),
    ],
)
def test_a_file_that_is_gone_ends_the_run(tmp_path: Path, break_it: Callable[[Path], Any], words: str) -> None:
    for name, data in PICTURES.items():
        (tmp_path / name).write_bytes(data)
    break_it(tmp_path / "07.png")
    read = partial(LocalStore(tmp_path).get, max_bytes=1 << 20)
    with pytest.raises(InputError, match=rf"^07\.png cannot be embedded, .* checked: {words}; run again"):
        run(list(KEYS), KEYS, read)


def test_a_file_that_cannot_be_decoded_ends_the_run() -> None:
    data = b"no picture"
    key = f"1-x/png/{hashlib.sha256(data).hexdigest()}"
    with pytest.raises(InputError, match=r"^a\.png cannot be embedded, although it was healthy .*; run again"):
        run([key], {key: "a.png"}, lambda _: data)


def test_limits_hold_for_files() -> None:
    with pytest.raises(InputError, match=r"00\.png cannot be embedded.* bytes exceed the limit of 100 bytes"):
        run(list(KEYS), KEYS, limits=PictureLimits(max_bytes=100))


def test_thumbnails_that_are_gone_or_damaged() -> None:
    first = next(iter(KEYS))
    with pytest.raises(InputError, match=f"the thumbnail {first} is gone; run again"):
        run(list(KEYS), {}, thumbnails=lambda _: {})
    with pytest.raises(InputError, match=f"the thumbnail {first} is damaged"):
        run(list(KEYS), {}, thumbnails=lambda keys: dict.fromkeys(keys, b"x"))


@pytest.mark.parametrize(("num_workers", "ahead"), [(2, 16), (2, 64), (0, 64)])
def test_thumbnails_are_read_a_bounded_distance_ahead(num_workers: int, ahead: int) -> None:
    asked, caller = 0, threading.get_ident()

    def thumbnails(keys: Sequence[str]) -> Mapping[str, bytes]:
        nonlocal asked
        assert threading.get_ident() == caller
        asked += len(keys)
        return dict.fromkeys(keys, next(iter(THUMBNAILS.values())))

    pixels = embedding_input(
        [str(i) for i in range(5_000)],
        Preprocessing(SIZE),
        thumbnails=thumbnails,
        files={},
        read=PICTURES.__getitem__,
        map_batches=map_batches,
        limits=PictureLimits(),
        num_workers=num_workers,
        ahead=ahead,
    )
    next(pixels)
    time.sleep(0.1)
    assert asked <= max(ahead, 2 * num_workers * CHUNK)
    pixels.close()


@pytest.mark.parametrize(
    ("num_workers", "ahead", "batches"),
    [(3, 2 * CHUNK, 6), (1, 4 * CHUNK, 4), (1, 4 * CHUNK + 1, 5), (0, CHUNK, 1), (0, 1, 1)],
)
def test_batches_ahead_hold_the_thumbnails_that_are_asked_for(num_workers: int, ahead: int, batches: int) -> None:
    told: list[tuple[int, int]] = []

    def engine(function: Callable[[Any], Any], parts: Any, *, num_workers: int, ahead: int) -> Any:
        told.append((num_workers, ahead))
        return map_batches(function, parts, num_workers=num_workers, ahead=ahead)

    pixels = embedding_input(
        list(KEYS), Preprocessing(SIZE), thumbnails=some_thumbnails, files={}, read=PICTURES.__getitem__,
        map_batches=engine, limits=PictureLimits(), num_workers=num_workers, ahead=ahead,
    )  # fmt: skip
    assert len(list(pixels)) == len(KEYS)
    assert told == [(num_workers, batches)]


@pytest.mark.parametrize(
    ("input_size", "batch_files"), [(64, 16), (295, 16), (296, 15), (512, 5), (1182, 1), (2000, 1)]
)
def test_a_guarded_process_sends_four_mebibytes_of_pixels_at_a_time(
    monkeypatch: pytest.MonkeyPatch, input_size: int, batch_files: int
) -> None:
    asked: list[int] = []

    def pictures(*_: object, batch_files: int, **named: object) -> Iterator[object]:
        asked.append(batch_files)
        yield from ()

    monkeypatch.setattr("selection_assets.stages.embedding.embedding_input.map_pictures", pictures)
    list(_from_files([], Preprocessing(input_size), {}, PICTURES.__getitem__, PictureLimits(), 0))
    assert asked == [batch_files]


def sized(rows: list[tuple[str, str, int, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["filename", "content_key", "width", "height"], orient="row")


def test_files_are_taken_where_the_thumbnail_is_smaller_than_the_input_and_the_picture() -> None:
    samples = sized(
        [
            ("small thumbnail", "k1", 640, 480),
            ("as large as the input", "k2", 640, 480),
            ("one pixel less", "k3", 480, 640),
            ("small picture", "k4", 100, 90),
            ("one pixel more", "k5", 101, 91),
            ("again", "k1", 640, 480),
        ]
    )
    thumbnails = sized(
        [
            ("again", "k1", 85, 64),
            ("one pixel more", "k5", 100, 90),
            ("small picture", "k4", 100, 90),
            ("one pixel less", "k3", 127, 300),
            ("as large as the input", "k2", 128, 300),
            ("small thumbnail", "k1", 85, 64),
        ]
    )
    assert files_to_embed(samples, thumbnails, 128) == {
        "k1": "small thumbnail",
        "k3": "one pixel less",
        "k5": "one pixel more",
    }
    assert files_to_embed(samples, thumbnails, 64) == {}
