"""`winnow ui` as a process: what it prints, how it ends, and that nothing of it stays."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import WINNOW

SECONDS = 120
TEXT = r"""Starting\.\.\.
Winnow in Dagster:  (http://127\.0\.0\.1:\d+)
State folder:       (\S+)  \(log: \2/ui\.log\)
To stop:            Ctrl-C, or kill (\d+)
"""


def wait_until(ready: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def ui(home: Path, *arguments: str) -> Iterator[tuple["subprocess.Popen[str]", Path, list[psutil.Process]]]:
    """The command as a shell starts it in the background; its output as a file; and its child processes.

    arguments: of another command that says when all is ready, as `winnow ui` does.
    """
    output = home.with_name(f"{home.name}.out")
    with output.open("w") as file:
        process = subprocess.Popen(
            ["bash", "-c", 'trap "" INT; exec "$0" "$@"', WINNOW, *(arguments or ("ui", "--port", "0"))],
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "DAGSTER_HOME": str(home)},
            start_new_session=True,
        )
    children: list[psutil.Process] = []
    try:
        wait_until(lambda: "To stop:" in output.read_text(encoding="utf-8") or process.poll() is not None)
        assert process.poll() is None, output.read_text(encoding="utf-8")
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 3
        yield process, output, children
    finally:
        process.kill()
        process.wait()
        for child in children:
            if child.is_running():
                child.kill()


def gone(children: list[psutil.Process]) -> bool:
    return not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_in_the_background_it_says_what_a_user_needs_and_ends_on_kill(tmp_path: Path, number: signal.Signals) -> None:
    with ui(tmp_path / "home") as (process, output, children):
        found = re.fullmatch(TEXT, output.read_text(encoding="utf-8"))
        assert found is not None, output.read_text(encoding="utf-8")
        assert (found[2], found[3]) == (str(tmp_path / "home"), str(process.pid))
        with urllib.request.urlopen(f"{found[1]}/server_info", timeout=30) as response:
            assert response.status == 200
        second = subprocess.run(
            [WINNOW, "ui", "--port", "0"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "DAGSTER_HOME": str(tmp_path / "home")},
        )
        assert (second.returncode, second.stdout, second.stderr.count("\n")) == (2, "", 1)
        assert f"winnow ui is running on {tmp_path / 'home'} already, process {process.pid} on " in second.stderr
        process.send_signal(number)
        assert process.wait(30) == 0
        assert output.read_text(encoding="utf-8").endswith("Stopped.\n")
        assert gone(children)


@pytest.mark.parametrize(
    ("part", "words"), [("web server", "selection_assets.command.web_server"), ("code server", "grpc")]
)
def test_when_a_part_dies_it_says_so_and_ends(tmp_path: Path, part: str, words: str) -> None:
    with ui(tmp_path / "home") as (process, output, children):
        (child,) = [each for each in children if words in each.cmdline()]
        child.kill()
        assert process.wait(40) == 1
        last = output.read_text(encoding="utf-8").splitlines()[-1]
        assert last.startswith(f"winnow: error: the {part} was ended by SIGKILL (log: {tmp_path}/home/ui.log)")
        assert gone(children)


def test_nothing_stays_when_it_is_killed(tmp_path: Path) -> None:
    with ui(tmp_path / "home") as (process, _, children):
        process.kill()
        wait_until(lambda: gone(children))


def test_addresses_where_nothing_can_listen(tmp_path: Path) -> None:
    import socket

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        wrong = {
            ("--port", str(port)): f"port {port} of 127.0.0.1 is in use, perhaps by another winnow ui; add --port ",
            ("--host", "no.such.host.invalid"): "--host no.such.host.invalid: no address of this machine",
            ("--host", "192.0.2.1"): "port 3000 of 192.0.2.1: Cannot assign requested address; choose another",
        }
        for arguments, message in wrong.items():
            done = subprocess.run(
                [WINNOW, "ui", *arguments],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "DAGSTER_HOME": str(tmp_path / "home")},
            )
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
            assert done.stderr.startswith(f"winnow: error: {message}")
    assert not (tmp_path / "home").exists()
