import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from configs.errors import InputError
from resources.stores.local_store import LocalStore
from selection_assets.stages.checking.check_pool import CheckedFile, check_images, verdict_key
from selection_assets.stages.checking.image_check import ImageCheck, check_image
from tests.stages.drawn_pictures import encoded, textured

PICTURES = {f"{n:03}.jpg": encoded(textured(80, 60, seed=n), "JPEG") for n in range(150)}


def misbehaving_check(data: bytes, filename: str, thumbnail_size: int, max_pixels: int) -> ImageCheck:
    """`check_image`, except that certain files do to the process what a broken decoder does."""
    if filename == "segfault.jpg":
        os.kill(os.getpid(), signal.SIGSEGV)
    if filename == "exit.jpg":
        os._exit(3)
    if filename == "hang.jpg":
        time.sleep(1000)
    if filename == "memory.jpg":
        len(bytearray(1 << 40))
    if filename == "fault.jpg":
        raise LookupError("our own fault")
    return check_image(data, filename, thumbnail_size, max_pixels)


def count_memory(data: bytes, filename: str, thumbnail_size: int, max_pixels: int) -> ImageCheck:
    try:
        len(bytearray(1 << 40))
    except MemoryError:
        return ImageCheck(False, len(data), "refused", "MemoryError")
    return ImageCheck(True, len(data))


def run(files: Mapping[str, bytes], **options: object) -> list[CheckedFile]:
    return list(check_images(list(files), files.__getitem__, thumbnail_size=32, **options))  # type: ignore[arg-type]


def decoders() -> list[int]:
    return [process.pid or 0 for process in multiprocessing.active_children() if process.name == "decoder"]


@pytest.mark.parametrize("num_workers", [1, 2])
def test_verdicts_equal_those_of_the_plain_function_in_input_order(num_workers: int) -> None:
    results = run(PICTURES, num_workers=num_workers)
    assert [result.filename for result in results] == list(PICTURES)
    for result in results:
        data = PICTURES[result.filename]
        assert result.check == check_image(data, result.filename, 32, 250_000_000)
        assert result.content_hash == hashlib.sha256(data).hexdigest()
        assert not result.reused
    assert decoders() == []


def test_no_files_no_processes() -> None:
    assert run({}) == []


def test_a_crash_a_hang_and_a_memory_blow_up_cost_one_file_each() -> None:
    bad = ["segfault.jpg", "exit.jpg", "hang.jpg", "memory.jpg"]
    names = ["000.jpg", bad[0], "001.jpg", bad[1], "002.jpg", bad[2], "003.jpg", bad[3], "004.jpg"]
    files = {name: PICTURES.get(name, b"bytes") for name in names}
    results = {one.filename: one for one in run(files, timeout_s=1.5, num_workers=2, check=guarded)}
    assert [name for name, one in results.items() if one.check.healthy] == [f"{n:03}.jpg" for n in range(5)]
    assert results["segfault.jpg"].check.reason == "decoder crashed (SIGSEGV)"
    assert results["exit.jpg"].check.reason == "decoder crashed (exit code 3)"
    assert results["hang.jpg"].check.reason == "took longer than 1.5 s to decode"
    assert results["hang.jpg"].check.reason_class == "DecodeTimeout"
    assert results["memory.jpg"].check.reason == "decoding needs more memory than allowed"
    assert all(results[name].key is None for name in bad)  # never remembered: the machine may be to blame
    assert decoders() == []


def guarded(data: bytes, filename: str, thumbnail_size: int, max_pixels: int) -> ImageCheck:
    try:
        return misbehaving_check(data, filename, thumbnail_size, max_pixels)
    except MemoryError:
        return ImageCheck(False, len(data), "decoding needs more memory than allowed", "MemoryError", transient=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is a Linux one")
def test_memory_of_a_decoder_is_limited() -> None:
    (result,) = run({"a.jpg": b"x"}, check=count_memory)
    assert result.check.reason == "refused"


def test_a_fault_of_the_check_itself_ends_the_run() -> None:
    with pytest.raises(RuntimeError, match=r"checking fault\.jpg failed: LookupError"):
        run({"000.jpg": PICTURES["000.jpg"], "fault.jpg": b"x"}, check=misbehaving_check)
    assert decoders() == []


def test_unreadable_files_get_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "good.jpg").write_bytes(PICTURES["000.jpg"])
    (tmp_path / "big.jpg").write_bytes(bytes(100_000))
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    names = ["good.jpg", "big.jpg", "folder.jpg", "pipe.jpg", "gone.jpg", "../up.jpg"]
    read = partial(LocalStore(tmp_path, "the input folder").get, max_bytes=50_000)
    results = {one.filename: one for one in check_images(names, read, thumbnail_size=32, max_bytes=50_000)}
    assert {name: one.check.reason for name, one in results.items()} == {
        "good.jpg": None,
        "big.jpg": "cannot be read: its 100,000 bytes exceed the limit of 50,000 bytes",
        "folder.jpg": "cannot be read: Is a directory",
        "pipe.jpg": "cannot be read: it is not a regular file",
        "gone.jpg": "cannot be read: No such file or directory",
        "../up.jpg": "cannot be read: its name leads out of the input folder",
    }
    assert results["gone.jpg"].check.reason_class == "FileNotFoundError"
    assert results["gone.jpg"].content_hash is None


def test_a_reader_that_does_not_limit_itself_is_limited() -> None:
    (result,) = run({"a.jpg": bytes(101)}, max_bytes=100)
    assert result.check.reason == "its 101 bytes exceed the limit of 100 bytes"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionResetError("gone"), "gone; the disk or network share does not answer"),
        (TimeoutError("slow"), "slow; the disk or network share does not answer"),
        (OSError(24, "Too many open files"), "Too many open files; raise the limit of open files"),
        (OSError(116, "Stale file handle"), "Stale file handle; the disk or network share does not answer"),
    ],
)
def test_trouble_that_is_not_the_file_ends_the_run(error: OSError, words: str) -> None:
    def read(_: str) -> bytes:
        raise error

    with pytest.raises(InputError, match=f"^a.jpg: cannot be read: {words}"):
        list(check_images(["a.jpg"], read, thumbnail_size=32))
    assert decoders() == []


def test_known_files_are_not_decoded_again() -> None:
    first = run(PICTURES)
    memory = {one.key: one.check for one in first if one.key}
    asked: list[int] = []

    def known(keys: Sequence[str]) -> Mapping[str, ImageCheck]:
        asked.append(len(keys))
        return {key: memory[key] for key in keys if key in memory}

    changed = PICTURES | {"007.jpg": encoded(textured(80, 60, seed=999), "JPEG")}
    again = run(changed, known=known)
    assert [one.filename for one in again if not one.reused] == ["007.jpg"]
    assert [one.check for one in again if one.reused] == [one.check for one in first if one.filename != "007.jpg"]
    assert sum(asked) == len(PICTURES)
    assert max(asked) == 16


def test_the_same_bytes_under_another_kind_of_name_get_their_own_verdict() -> None:
    data = PICTURES["000.jpg"]
    (good,) = run({"a.jpg": data})
    assert good.key == verdict_key(good.content_hash or "", "x/b.JPEG", 32, 250_000_000)
    memory = {good.key or "": good.check}
    results = run(
        {"a.png": data, "b.jpeg": data}, known=lambda keys: {key: memory[key] for key in keys if key in memory}
    )
    assert [(one.check.healthy, one.reused) for one in results] == [(False, False), (True, True)]
    assert results[0].check.reason == "content is JPEG but the name ends in .png"


def test_closing_early_leaves_nothing_behind() -> None:
    results = check_images(list(PICTURES), PICTURES.__getitem__, thumbnail_size=32)
    assert next(results).filename == "000.jpg"
    assert len(decoders()) == 2
    results.close()  # type: ignore[attr-defined]
    assert decoders() == []


def test_closing_during_a_hang_returns_at_once() -> None:
    files = {"000.jpg": PICTURES["000.jpg"], "hang.jpg": b"x"}
    results = check_images(list(files), files.__getitem__, thumbnail_size=32, timeout_s=1000, check=misbehaving_check)
    assert next(results).check.healthy
    results.close()  # type: ignore[attr-defined]  # the test would last 1000 s
    assert decoders() == []


def test_decoders_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from tests.stages.checking import test_check_pool as t\n"
        "if __name__ == '__main__':\n"
        "    r = t.check_images(list(t.PICTURES), t.PICTURES.__getitem__, thumbnail_size=32)\n"
        "    next(r)\n"
        "    print(*t.decoders(), flush=True)\n"
        "    import time; time.sleep(1000)\n"
    )
    root = Path(__file__).parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment, cwd=root) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    deadline = time.monotonic() + 20
    while any(is_running(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_running(pid) for pid in pids)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_decodes_starts_before_the_pictures_are_known() -> None:
    """In a process of its own, where nothing was decoded before."""
    script = """
from multiprocessing import forkserver
from selection_assets.stages.checking.check_pool import check_images, expect_pictures
server = forkserver._forkserver
assert server._forkserver_pid is None
expect_pictures()
first = server._forkserver_pid
assert first is not None and "selection_assets.stages.checking.image_check" in server._preload_modules
(result,) = check_images(["a.jpg"], lambda _: b"none", thumbnail_size=128)
assert not result.check.healthy and server._forkserver_pid == first
expect_pictures()
assert server._forkserver_pid == first
"""
    run = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stderr) == (0, "")
