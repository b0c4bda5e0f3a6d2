import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from selection_assets.stages.pictures.decoder_process import DecoderProcess, _describe_exit
from selection_assets.stages.pictures.refusal import Refusal


def many_kinds(data: bytes, filename: str) -> object:
    """What a name asks for, made of the content."""
    if filename == "array":
        return np.frombuffer(data, np.uint8).reshape(-1, 3) ^ 255
    if filename == "floats":
        return {"half": np.arange(len(data), dtype=np.float32) / 2, "name": filename}
    if filename == "nothing":
        return None
    if filename == "text":
        return f"{filename} {len(data)}"
    return data[::-1]


def misbehaving(data: bytes, filename: str) -> int:
    if filename == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if filename == "hang":
        time.sleep(1000)
    if filename == "fault":
        raise LookupError("our own fault")
    return len(data)


def no_pickle(data: bytes, filename: str) -> object:
    return (byte for byte in data)


def once(data: bytes, filename: str, mark: str) -> int:
    """Dies at the first call only."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return len(data)


def noisy(data: bytes, filename: str) -> int:
    os.write(2, b"warning of a C decoder\n")
    return len(data)


@contextmanager
def process(function: Callable[[bytes, str], Any], timeout_s: float = 20.0) -> Iterator[DecoderProcess[Any]]:
    decoder = DecoderProcess(function, timeout_s, 1 << 30)
    try:
        yield decoder
    finally:
        decoder.close()


def test_results_of_any_kind_arrive_as_they_were_returned() -> None:
    large = np.random.default_rng(0).integers(0, 256, 3_000_000, dtype=np.uint8).tobytes()
    names = ["array", "bytes", "floats", "nothing", "text", "other"]
    files = [(name, large) for name in names] + [("array", b""), ("bytes", b"")]
    with process(many_kinds) as decoder:
        results = decoder.run(files)
    for (name, data), result in zip(files, results, strict=True):
        expected = many_kinds(data, name)
        assert type(result) is type(expected)
        if isinstance(expected, np.ndarray):
            assert (result.dtype, result.shape) == (expected.dtype, expected.shape)
            assert np.array_equal(result, expected)
        elif isinstance(expected, dict):
            assert np.array_equal(result["half"], expected["half"]) and result["name"] == "floats"
        else:
            assert result == expected


def test_one_process_serves_call_after_call() -> None:
    with process(many_kinds) as decoder:
        first = decoder.run([("bytes", b"abc")])
        child = decoder._process
        assert decoder.run([("bytes", b"de"), ("text", b"")]) == [b"ed", "text 0"]
        assert decoder._process is child
    assert first == [b"cba"]


def test_only_the_culprit_of_a_batch_pays() -> None:
    files = [("a", b"1"), ("segfault", b"22"), ("b", b"333"), ("hang", b""), ("c", b"4444")]
    with process(misbehaving, timeout_s=1.0) as decoder:
        results = decoder.run(files)
    assert results == [
        1,
        Refusal("decoder crashed (SIGSEGV)", "DecoderCrashed", transient=True),
        3,
        Refusal("took longer than 1 s to decode", "DecodeTimeout", transient=True),
        4,
    ]


def test_an_innocent_that_the_kernel_killed_is_tried_again(tmp_path: Path) -> None:
    with process(partial(once, mark=str(tmp_path / "mark"))) as decoder:
        assert decoder.run([("a", b"123")]) == [3]


def test_faults_of_ours_are_raised() -> None:
    with process(misbehaving) as decoder, pytest.raises(RuntimeError, match=r"fault failed: LookupError: our own"):
        decoder.run([("a", b""), ("fault", b"")])
    with process(no_pickle) as decoder, pytest.raises(RuntimeError, match="cannot be sent: TypeError"):
        decoder.run([("a", b"x")])


def test_warnings_of_decoders_do_not_reach_the_terminal(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from tests.stages.pictures.test_decoder_process import noisy, process\n"
        "if __name__ == '__main__':\n"
        "    with process(noisy) as decoder:\n"
        "        print(decoder.run([('a', b'123')]))\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[3]\n", "")


RESIDENT = """
from selection_assets.stages.pictures.decoder_process import _keep_freed_memory
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() >> 20
import resource
_keep_freed_memory()
before = resident()
blocks = [b"x" * (size << 20) for size in {sizes}]
held = resident()
del blocks
print(held - before, resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="of glibc's allocator")
@pytest.mark.parametrize(("sizes", "held", "kept"), [([25] * 5, 125, 125), ([33], 33, 0)])
def test_freed_memory_of_pictures_is_kept_for_the_next_within_limits(sizes: list[int], held: int, kept: int) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", RESIDENT.format(sizes=sizes)], cwd=root, capture_output=True, text=True, check=True
    )
    assert [int(each) for each in done.stdout.split()] == pytest.approx([held, kept], abs=6)


def test_an_end_that_comes_before_there_is_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two threads: one is about to start the child, the other aborts and finds none to kill."""
    decoder = DecoderProcess(misbehaving, timeout_s=1000, memory_limit_bytes=1 << 30)
    start = decoder._started

    def late() -> Any:
        decoder.abort()
        return start()

    monkeypatch.setattr(decoder, "_started", late)
    assert decoder.run([("hang", b"")]) == [  # the test would last 1000 s
        Refusal("decoder crashed (exit code 0)", "DecoderCrashed", transient=True)
    ]
    assert decoder._process is None


def test_how_a_decoder_ended() -> None:
    assert [_describe_exit(code) for code in (-11, -9, 0, 1, 11, None, -200)] == [
        "SIGSEGV", "SIGKILL", "exit code 0", "exit code 1", "exit code 11", "exit code None", "exit code -200",
    ]  # fmt: skip
