"""Two helper processes that import the slow libraries of the report while the run still works.

`LAYOUT` computes UMAP and sets the PDF, `DRAWING` draws the plots. `warm_up()` starts both in the background; whoever
submits work without it starts them then. They are a matter of speed only: where a process cannot start, or dies, its
work is done in this process instead.

Belongs here: starting, feeding and ending the processes. Does not belong here: what they do. They are children with a
pipe rather than a `multiprocessing` pool, because a pool of fresh processes imports the caller's main module again and
holds up the exit of a run that never used it.
"""

import atexit
import contextlib
import importlib
import logging
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import IO, Any, ParamSpec, TypeVar

log = logging.getLogger("winnow")
P = ParamSpec("P")
T = TypeVar("T")

_IN_THIS_PROCESS = threading.Lock()  # matplotlib and seaborn keep global settings


class HelperProcess:
    """A child process that runs picklable functions one after the other."""

    def __init__(self, name: str, preload: tuple[str, ...]) -> None:
        """`preload` names the modules that the child imports before its first task."""
        self.name = name
        self._preload = preload
        self._lock = threading.Lock()
        self._tasks: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any], bytes] | None] = queue.SimpleQueue()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the child in the background, once; returns at once."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return
            self._child = _spawn(self._preload)
            self._tasks = queue.SimpleQueue()
            self._thread = threading.Thread(
                target=self._feed, args=(self._tasks, self._child), name=f"winnow-{self.name}", daemon=True
            )
            self._thread.start()

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Queue `function(*args, **kwargs)`; function and arguments must be picklable."""
        self.start()
        future: Future[T] = Future()
        task = pickle.dumps((function, args, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        self._tasks.put((future, lambda: function(*args, **kwargs), task))
        return future

    def stop(self) -> None:
        """End the child when its queue is empty. The next `submit` starts a new one."""
        with self._lock:
            if self._thread is not None:
                self._tasks.put(None)
                self._thread = None

    def kill(self) -> None:
        """End the child now, whatever it does."""
        if self._child is not None:
            with contextlib.suppress(OSError):
                self._child.kill()

    def _feed(
        self,
        tasks: "queue.SimpleQueue[tuple[Future[Any], Callable[[], Any], bytes] | None]",
        child: "subprocess.Popen[bytes] | None",
    ) -> None:
        while (item := tasks.get()) is not None:
            future, here, task = item
            if child is not None:
                try:
                    answer = _ask(child, task)
                except (OSError, EOFError, pickle.UnpicklingError) as error:
                    log.warning("The report's %s process ended (%r); going on without it.", self.name, error)
                    child.kill()
                    child = None
                else:
                    _settle(future, answer)
                    continue
            with _IN_THIS_PROCESS:
                _settle(future, _outcome(here))
        if child is not None and child.stdin is not None:
            with contextlib.suppress(OSError):
                child.stdin.close()
            child.wait()


def _settle(future: "Future[Any]", answer: tuple[bool, Any]) -> None:
    succeeded, value = answer
    if succeeded:
        future.set_result(value)
    else:
        future.set_exception(value)


def _spawn(preload: tuple[str, ...]) -> "subprocess.Popen[bytes] | None":
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}  # noqa: PTH109
    command = [sys.executable, "-m", "selection_assets.stages.reporting.helper_process", *preload]
    try:
        # In a group of its own: what stops the run by a signal to its group is the run's to handle. Not in a session of
        # its own, among which Linux divides the processors, whatever priority a process has within its session.
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, process_group=0
        )
    except OSError as error:
        log.warning("The report's helper process cannot start (%s); going on without it.", error)
        return None


def _ask(child: "subprocess.Popen[bytes]", task: bytes) -> tuple[bool, Any]:
    assert child.stdin is not None and child.stdout is not None
    _send(child.stdin, task)
    answer: tuple[bool, Any] = pickle.loads(_receive(child.stdout))
    return answer


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(len(message).to_bytes(8, "little"))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    header = pipe.read(8)
    size = int.from_bytes(header, "little")
    message = pipe.read(size)
    if len(header) < 8 or len(message) < size:
        raise EOFError("the pipe closed")
    return message


def _outcome(work: Callable[[], Any]) -> tuple[bool, Any]:
    try:
        return True, work()
    except Exception as error:
        return False, error


def _import_all(modules: list[str]) -> None:
    """Import with low priority: the run itself comes first. On Linux a priority is that of one thread."""
    if sys.platform == "linux":
        os.nice(10)
    for module in modules:
        # A library that is missing is reported by the task that needs it.
        with contextlib.suppress(ImportError, OSError):
            importlib.import_module(module)


def _serve(preload: list[str]) -> None:
    """The child: import what the work will need, then answer tasks until the parent closes the pipe or dies."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # without a home it takes another folder, and says so
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_take, args=(tasks,), daemon=True).start()
    getting_ready = threading.Thread(target=_import_all, args=(preload,))
    getting_ready.start()
    getting_ready.join()
    while True:
        function, args, kwargs = pickle.loads(tasks.get())
        answer = _outcome(lambda: function(*args, **kwargs))  # noqa: B023 - called at once
        try:
            message = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception:
            message = pickle.dumps((False, RuntimeError(repr(answer[1]))))
        _send(answers, message)


def _take(tasks: "queue.SimpleQueue[bytes]") -> None:
    """Until the parent closes the pipe or dies: then nobody waits for what is being done."""
    try:
        while True:
            tasks.put(_receive(sys.stdin.buffer))
    except EOFError:
        os._exit(0)


LAYOUT = HelperProcess("layout", ("scipy.sparse.linalg", "fastumap.projection", "jinja2", "weasyprint"))
DRAWING = HelperProcess(
    "drawing",
    (
        "selection_assets.stages.reporting.plots.style",
        "seaborn",
        "matplotlib.backends.backend_agg",
        "PIL.PngImagePlugin",
    ),
)


def warm_up() -> None:
    """Start both processes in the background. Call it as soon as it is certain that a report will be written."""
    LAYOUT.start()
    DRAWING.start()


def cool_down() -> None:
    """End both processes once their work is done; their memory is free again."""
    LAYOUT.stop()
    DRAWING.stop()


@atexit.register
def _kill_all() -> None:
    LAYOUT.kill()
    DRAWING.kill()


if __name__ == "__main__":
    _serve(sys.argv[1:])
