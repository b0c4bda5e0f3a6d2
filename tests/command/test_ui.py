"""The parts of `winnow ui` that need no web server; the whole is in tests/e2e/test_ui_process.py."""

import argparse
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.errors import InputError
from selection_assets.command import ui as module
from selection_assets.command.ui import _answers, _ended, _free_port, _port, _start, _stopped_at_the_end


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def test_ports() -> None:
    assert (_port("0"), _port("1"), _port("65535")) == (0, 1, 65535)
    for text in ("-1", "65536"):
        with pytest.raises(argparse.ArgumentTypeError, match=rf"^{text}: give a number from 0 to 65535$"):
            _port(text)
    with pytest.raises(ValueError, match="invalid literal"):
        _port("x")


def test_the_options_and_their_defaults() -> None:
    parser = argparse.ArgumentParser()
    module.add_to(parser.add_subparsers())
    options = parser.parse_args(["ui"])
    assert (options.host, options.port) == ("127.0.0.1", 3000)
    options = parser.parse_args(["ui", "--host", "::1", "--port", "1"])
    assert (options.host, options.port) == ("::1", 1)


def test_a_port_that_is_free_and_one_that_is_not() -> None:
    assert 0 < _free_port("127.0.0.1", 0) < 65536
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(InputError) as error:
            _free_port("127.0.0.1", port)
        assert str(error.value) == (
            f"port {port} of 127.0.0.1 is in use, perhaps by another winnow ui; add --port {port + 1}"
        )
        assert _answers(("127.0.0.1", port))
    assert not _answers(("127.0.0.1", port))
    assert _free_port("127.0.0.1", port) == port


def test_addresses_that_are_not_ours() -> None:
    with pytest.raises(InputError, match=r"^--host no such host: no address of this machine; try --host 127.0.0.1$"):
        _free_port("no such host", 0)
    with pytest.raises(InputError, match=r"^port 3000 of 192.0.2.1: .*; choose another --port or --host$"):
        _free_port("192.0.2.1", 3000)


def test_a_socket_answers_when_somebody_listens(folder: Path) -> None:
    assert not _answers(folder / "code")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "code"))
        assert not _answers(folder / "code")
        server.listen()
        assert _answers(folder / "code")


def process(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code], process_group=0)


def test_a_part_that_has_ended_is_named_with_its_last_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ui.log").write_text("first\nKeyError: 'x'\n  \n", encoding="utf-8")
    with (folder / "ui.log").open("ab") as log:
        running, failed, killed, done = (
            process(code)
            for code in (
                "import time; time.sleep(60)",
                "raise SystemExit(3)",
                "import os; os.kill(os.getpid(), 9)",
                "",
            )
        )
        for each in (failed, killed, done):
            each.wait(60)
        try:
            assert _ended({}, log) == _ended({"daemon": running}, log) == 0
            assert capsys.readouterr() == ("", "")
            assert _ended({"daemon": running, "web server": failed}, log) == 1
            assert _ended({"daemon": killed}, log) == 1
            assert _ended({"daemon": done}, log) == 1
        finally:
            running.kill()
            running.wait()
        end = f"(log: {folder}/ui.log); start winnow ui again"
        assert capsys.readouterr().err.splitlines() == [
            f"winnow: error: the web server ended with code 3: KeyError: 'x' {end}",
            f"winnow: error: the daemon was ended by SIGKILL {end}",
            f"winnow: error: the daemon ended with code 0 {end}",
        ]


def test_long_last_words_are_cut(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ui.log").write_text("x" * 400, encoding="utf-8")
    failed = process("raise SystemExit(1)")
    failed.wait(60)
    with (folder / "ui.log").open("ab") as log:
        assert _ended({"daemon": failed}, log) == 1
    assert f": {'x' * 300} (log" in capsys.readouterr().err


def test_parts_are_asked_to_end_and_then_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 1.0)
    # Dagster may have left it ignored, which the parts would inherit.
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    parts: dict[str, subprocess.Popen[bytes]] = {}
    started = time.monotonic()
    with _stopped_at_the_end(parts):
        parts["gone"] = process("")
        parts["gone"].wait()
        parts["polite"] = process("import time; time.sleep(60)")
        parts["deaf"] = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, process_group=0)
        assert parts["deaf"].stdout is not None
        parts["deaf"].stdout.readline()
    signal.signal(signal.SIGTERM, before)
    assert 1.0 <= time.monotonic() - started < 20
    assert parts["polite"].returncode == -signal.SIGTERM
    assert parts["deaf"].returncode == -signal.SIGKILL


def test_a_part_is_a_process_of_its_own_group_that_writes_to_the_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "shown.py").write_text(
        "import os, sys\n"
        "print(os.getpgid(0) == os.getpid(), sys.argv[1:], os.environ['PYTHONSAFEPATH'], sys.stdin.read())\n"
        "print('err', file=sys.stderr)\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    with (folder / "ui.log").open("wb", buffering=0) as log:
        assert _start(log, "shown", "a", "b").wait(60) == 0
    assert sorted((folder / "ui.log").read_text().splitlines()) == ["True ['a', 'b'] 1 ", "err"]
