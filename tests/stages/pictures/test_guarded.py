import errno
import hashlib
import multiprocessing
import os
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from configs.errors import InputError
from resources.stores.local_store import LocalStore
from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.guarded import PictureResult, files_per_batch, map_pictures
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.pictures.refusal import Refusal

FILES = {f"{n:03}.bin": bytes([n % 251]) * (1 + 997 * (n % 13)) for n in range(150)}


def histogram(data: bytes, filename: str) -> np.ndarray:
    return np.bincount(np.frombuffer(data, np.uint8), minlength=256)


def refusing(data: bytes, filename: str) -> int:
    if data == b"bad":
        raise CorruptImageError("damaged:\nno picture", "DamagedData")
    if data == b"large":
        raise MemoryError
    if data == b"odd":
        raise KeyError("tag\n33432")
    if data == b"bare":
        raise AssertionError
    if data == b"hang":
        time.sleep(1000)
    return len(data)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def run(function: Any, files: Mapping[str, bytes], **options: Any) -> list[PictureResult[Any]]:
    return list(map_pictures(function, list(files), files.__getitem__, **options))


def decoders() -> list[int]:
    return [process.pid or 0 for process in multiprocessing.active_children() if process.name == "decoder"]


@pytest.mark.parametrize(("num_workers", "batch_files"), [(1, 16), (2, 16), (0, 1), (-1, 3)])
def test_values_equal_those_of_the_plain_function_in_input_order(num_workers: int, batch_files: int) -> None:
    results = run(histogram, FILES, num_workers=num_workers, batch_files=batch_files)
    assert [one.filename for one in results] == list(FILES)
    for one in results:
        data = FILES[one.filename]
        assert np.array_equal(one.value, histogram(data, one.filename))
        assert (one.content_hash, one.size, one.refusal, one.reused) == (sha(data), len(data), None, False)
    assert decoders() == []


def test_no_files_no_processes() -> None:
    assert run(histogram, {}) == []


def test_what_a_function_raises_is_a_refusal_of_that_file() -> None:
    files = {"a": b"1", "b": b"bad", "c": b"large", "d": b"odd", "e": b"bare", "f": b"hang", "g": b"22"}
    results = {one.filename: one for one in run(refusing, files, num_workers=1, limits=PictureLimits(timeout_s=1.0))}
    assert {name: one.value for name, one in results.items() if one.refusal is None} == {"a": 1, "g": 2}
    assert {name: one.refusal for name, one in results.items() if one.refusal} == {
        "b": Refusal("damaged: no picture", "DamagedData"),
        "c": Refusal("decoding needs more memory than allowed", "MemoryError", transient=True),
        "d": Refusal("cannot be decoded: 'tag\\n33432'", "KeyError", raised=True),
        "e": Refusal("cannot be decoded: AssertionError", "AssertionError", raised=True),
        "f": Refusal("took longer than 1 s to decode", "DecodeTimeout", transient=True),
    }
    assert all(one.content_hash == sha(files[name]) for name, one in results.items())


def test_other_bytes_than_those_that_were_checked_are_refused() -> None:
    files = {"same": b"123", "other": b"456", "unknown": b"7"}
    hashes = {"same": sha(b"123"), "other": sha(b"123")}
    same, other, unknown = run(refusing, files, content_hashes=hashes)
    assert (same.value, unknown.value, other.value) == (3, 1, None)
    assert other.refusal == Refusal("its content changed during the run", "ContentChanged", transient=True)
    assert other.content_hash == sha(b"456")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"12345")
    (tmp_path / "big").write_bytes(bytes(101))
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe")
    names = ["good", "big", "folder", "circle", "pipe", "gone", "good/below", "x" * 300]
    read = partial(LocalStore(tmp_path).get, max_bytes=100)
    good, *others = map_pictures(refusing, names, read)
    assert good.value == 5
    assert [one.refusal for one in others] == [
        Refusal(f"cannot be read: {reason}", kind, transient=True)
        for reason, kind in [
            ("its 101 bytes exceed the limit of 100 bytes", "OSError"),
            ("Is a directory", "IsADirectoryError"),
            ("Too many levels of symbolic links", "OSError"),
            ("it is not a regular file", "OSError"),
            ("No such file or directory", "FileNotFoundError"),
            ("Not a directory", "NotADirectoryError"),
            ("File name too long", "OSError"),
        ]
    ]
    assert all((one.content_hash, one.size, one.value) == (None, 0, None) for one in others)


def test_a_reader_that_does_not_limit_itself_is_limited() -> None:
    fits, exceeds = run(refusing, {"a": bytes(100), "b": bytes(101)}, limits=PictureLimits(max_bytes=100))
    assert fits.value == 100
    assert exceeds.refusal == Refusal("its 101 bytes exceed the limit of 100 bytes", "TooManyBytes", transient=True)
    assert (exceeds.size, exceeds.content_hash) == (101, sha(bytes(101)))


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ESTALE, "Stale file handle"),
        OSError(errno.EIO, "Input/output error"),
        OSError(errno.ENODEV, "No such device"),
        ConnectionResetError("gone"),
        TimeoutError("slow"),
    ],
)
def test_a_share_that_goes_away_ends_the_run(error: OSError) -> None:
    def read(name: str) -> bytes:
        if name >= "050.bin":
            raise error
        return FILES[name]

    seen = []
    with pytest.raises(InputError, match=rf"^0\d\d\.bin: cannot be read: {error.strerror or error}; the disk or netw"):
        for one in map_pictures(histogram, list(FILES), read):
            seen.append(one.filename)
    assert seen == list(FILES)[: len(seen)] and len(seen) <= 50
    assert decoders() == []


def test_what_is_no_error_of_reading_passes_through() -> None:
    def read(_: str) -> bytes:
        raise InputError("the store is gone; mount it")

    with pytest.raises(InputError, match="the store is gone"):
        list(map_pictures(histogram, ["a"], read))


def test_known_values_are_not_made_again() -> None:
    asked: list[Sequence[tuple[str, str]]] = []

    def known(files: Sequence[tuple[str, str]]) -> Mapping[str, int]:
        asked.append(files)
        return {name: -1 for name, content_hash in files if content_hash == sha(FILES[name]) and name < "100.bin"}

    results = run(refusing, FILES, known=known, batch_files=5, num_workers=2)
    assert [one.value for one in results] == [-1 if name < "100.bin" else len(data) for name, data in FILES.items()]
    assert [one.reused for one in results] == [name < "100.bin" for name in FILES]
    assert [pair for files in asked for pair in files] == [(name, sha(data)) for name, data in FILES.items()]
    assert max(map(len, asked)) == 5


def test_closing_during_a_hang_returns_at_once() -> None:
    files = {"a": b"1", "b": b"hang"}
    results = map_pictures(refusing, list(files), files.__getitem__, limits=PictureLimits(timeout_s=1000))
    assert next(results).value == 1
    results.close()  # the test would last 1000 s
    assert decoders() == []
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("decoder")] == []


def test_reading_and_results_stay_a_bounded_distance_ahead() -> None:
    lock, read_files = threading.Lock(), 0

    def read(_: str) -> bytes:
        nonlocal read_files
        with lock:
            read_files += 1
        return b"1"

    results = map_pictures(refusing, [str(i) for i in range(5_000)], read, num_workers=2, num_readers=3, batch_files=4)
    next(results)
    time.sleep(0.5)
    assert read_files <= 4 * (3 + 2 * 2 + 2)
    results.close()


def test_each_decoder_gets_four_full_batches_where_there_are_as_many_files() -> None:
    for workers in (1, 2, 3, 5, 16):
        for files in (0, 1, 7, 8, 64, 100, 1000):
            full = [size for size in range(1, 17) if 4 * workers * size <= files]
            assert files_per_batch(files, workers, 16) == max(full, default=1)
