"""One child process that decodes untrusted bytes, and the watch over it: a crash, a hang or a memory blow-up of a
decoder costs one file its result and this process its life, nothing else.

Each process has a pipe of its own and is driven by one thread at a time. (pebble's ProcessPool was measured first, with
tasks of 1 ms and 200 kB: 3 to 20 % less throughput and more than twice the processor time in the parent. By its
source, a worker that dies before its task is acknowledged can also break the whole pool.)
"""

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import resource
import signal
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeVar

from PIL import Image

from selection_assets.stages.pictures.refusal import Refusal

R = TypeVar("R")
_START_SECONDS = 120.0
_READY = b"ready"
_TIMEOUT = "timeout"
_COUNT_BYTES = 4
# Numbers of options of glibc's mallopt(3), and the largest value it takes for the first.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 32 << 20


class DecoderProcess(Generic[R]):
    """Runs `function(data, filename)` in a child process, started at the first call and again after each loss.

    Args:
        function: picklable, so a module-level function or a `functools.partial` of one. What it returns is pickled;
            the content of arrays, and `bytes`, travel beside the pickle and are not copied into it.
        timeout_s: wall-clock seconds for one file.
        memory_limit_bytes: what the child may allocate on top of what it holds at its start.
    """

    def __init__(self, function: Callable[[bytes, str], R], timeout_s: float, memory_limit_bytes: int) -> None:
        self._function = function
        self._timeout_s = timeout_s
        self._memory_limit_bytes = memory_limit_bytes
        self._aborted = False
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def run(self, files: Sequence[tuple[str, bytes]]) -> list[R | Refusal]:
        """The results for a few files (name, content), in one go, because each message between processes costs as much
        as a tenth of a picture. When that kills the child or takes longer than one file may, each file is tried alone,
        so that only the culprit pays: a `Refusal` "DecodeTimeout" or "DecoderCrashed" is its result.

        Raises:
            RuntimeError: the child cannot even start, or `function` itself raised.
        """
        if len(files) > 1:
            results = self._ask(files)
            if isinstance(results, list):
                return results
        return [self._run_alone(filename, data) for filename, data in files]

    def _run_alone(self, filename: str, data: bytes) -> R | Refusal:
        """A crash is tried once more: the kernel may have killed an innocent."""
        how = "aborted"
        for _ in range(2):
            if self._aborted:
                break
            results = self._ask([(filename, data)])
            if isinstance(results, list):
                return results[0]
            if results == _TIMEOUT:
                reason = f"took longer than {self._timeout_s:g} s to decode"
                return Refusal(reason, "DecodeTimeout", transient=True)
            how = results
        return Refusal(f"decoder crashed ({how})", "DecoderCrashed", transient=True)

    def abort(self) -> None:
        """From another thread: kill the child, so that a call to `run` under way returns at once."""
        self._aborted = True
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError, AttributeError):  # closed by the other thread just now
                process.kill()

    def close(self) -> None:
        """Kill the child, if there is one. Only after the last call to `run` has returned."""
        self._stop()

    def _ask(self, files: Sequence[tuple[str, bytes]]) -> list[R | Refusal] | str:
        """The results; or why there are none, in a word, and then the child is gone."""
        pipe = self._started()
        if self._aborted:  # perhaps before there was a child to kill
            return self._stop()
        try:
            pipe.send([filename for filename, _ in files])
            for _, data in files:  # not as one pickle, which copies them
                pipe.send_bytes(data)
            if not pipe.poll(self._timeout_s):
                if self._process is not None:
                    self._process.kill()
                self._stop()
                return _TIMEOUT
            answer = _received(pipe)
        except (EOFError, OSError):
            return self._stop()
        if isinstance(answer, list):
            return answer
        raise RuntimeError(f"decoding {answer}")

    def _started(self) -> Connection:
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        self._stop()
        start_server(self._function)
        context = multiprocessing.get_context("forkserver")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, self._function, self._memory_limit_bytes), name="decoder", daemon=True
        )
        process.start()
        theirs.close()
        self._process, self._pipe = process, ours
        try:
            ready = ours.poll(_START_SECONDS) and ours.recv_bytes() == _READY
        except (EOFError, OSError):
            ready = False
        if not ready:
            self._stop()
            raise RuntimeError("the decoder process does not start: see its messages above")
        return ours

    def _stop(self) -> str:
        """End the child; return how it ended if it had died by itself."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if pipe is not None:
            pipe.close()
        if process is None:
            return "not running"
        process.join(timeout=1)  # without the pipe it ends by itself, unless it hangs
        if process.exitcode is None:
            process.kill()
            process.join()
        how = _describe_exit(process.exitcode)
        process.close()
        return how


def start_server(function: Callable[..., Any]) -> None:
    """Begin to start the one process of which all children are forks, unless it runs; returns at once, while it still
    imports what `function` needs.

    A fork server and not fork: this process has threads. Children come up with no handle of ours but their pipe.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload([__name__, _module_of(function)])
    forkserver.ensure_running()


def _module_of(function: Callable[..., Any]) -> str:
    """Loaded once, by the fork server, rather than by each child."""
    while isinstance(function, partial):
        function = next((one for one in function.args if callable(one)), function.func)
    return function.__module__


def _serve(pipe: Connection, function: Callable[[bytes, str], object], memory_limit_bytes: int) -> None:
    """Life of the child: answer one request after the other until the pipe closes, as it does when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    Image.MAX_IMAGE_PIXELS = None  # our own limit decides, before anything is decoded
    _limit_memory(memory_limit_bytes)
    _keep_freed_memory()
    # The C decoders write their own warnings there, thousands of lines without a file name.
    null = os.open(os.devnull, os.O_WRONLY)
    pipe.send_bytes(_READY)
    os.dup2(null, 2)
    with contextlib.suppress(EOFError, OSError):
        while True:
            filenames = pipe.recv()
            # All of them before the first is decoded: the parent must not wait in a call without a time limit.
            contents = [pipe.recv_bytes() for _ in filenames]
            for part in _answer(function, zip(filenames, contents, strict=True)):
                pipe.send_bytes(part)


def _answer(function: Callable[[bytes, str], object], files: Iterable[tuple[str, bytes]]) -> list[Any]:
    """The messages that `_received` reads: a list of results, or a text where something of ours failed."""
    results: list[object] = []
    for filename, data in files:
        try:
            result = function(data, filename)
            results.append(pickle.PickleBuffer(result) if type(result) is bytes else result)
        except Exception as error:  # a fault of ours: told to the parent, which raises it
            return _messages(f"{filename} failed: {type(error).__name__}: {error}")
    try:
        return _messages(results)
    except Exception as error:
        return _messages(f"gave what cannot be sent: {type(error).__name__}: {error}")


def _messages(answer: object) -> list[Any]:
    """The pickle, with the number of buffers before it, and each buffer as it lies in memory."""
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(answer, protocol=5, buffer_callback=buffers.append)
    return [len(buffers).to_bytes(_COUNT_BYTES, "little") + pickled, *(buffer.raw() for buffer in buffers)]


def _received(pipe: Connection) -> Any:
    first = pipe.recv_bytes()
    buffers = [pipe.recv_bytes() for _ in range(int.from_bytes(first[:_COUNT_BYTES], "little"))]
    return pickle.loads(memoryview(first)[_COUNT_BYTES:], buffers=buffers)


def _keep_freed_memory() -> None:
    """Reuse the memory of one picture for the next instead of handing it back to the kernel in between."""
    with contextlib.suppress(OSError, AttributeError):  # glibc only
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        allocator.mallopt(_M_TRIM_THRESHOLD, 4 * _KEPT_BYTES)


def _limit_memory(memory_limit_bytes: int) -> None:
    # Where the system offers no such limit, the time limit and the pixel limit remain.
    with contextlib.suppress(OSError, ValueError):
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + memory_limit_bytes, held + memory_limit_bytes))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _describe_exit(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
