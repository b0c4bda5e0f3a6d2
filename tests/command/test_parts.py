"""Processes that all run, or none. Whole commands of them are in tests/e2e/test_ui_process.py and test_serve.py."""

import argparse
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from configs.errors import InputError
from selection_assets.command import parts as module
from selection_assets.command.parts import answers, ended, free_port, port_number, start, stopped_at_the_end


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def test_ports() -> None:
    assert (port_number("0"), port_number("1"), port_number("65535")) == (0, 1, 65535)
    for text in ("-1", "65536"):
        with pytest.raises(argparse.ArgumentTypeError, match=rf"^{text}: give a number from 0 to 65535$"):
            port_number(text)
    with pytest.raises(ValueError, match="invalid literal"):
        port_number("x")


def test_a_port_that_is_free_and_one_that_is_not() -> None:
    assert 0 < free_port("127.0.0.1", 0) < 65536
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(InputError) as error:
            free_port("127.0.0.1", port)
        assert str(error.value) == (
            f"port {port} of 127.0.0.1 is in use, perhaps by another winnow ui; add --port {port + 1}"
        )
        assert answers(("127.0.0.1", port))
    assert not answers(("127.0.0.1", port))
    assert free_port("127.0.0.1", port) == port


def test_addresses_that_are_not_ours() -> None:
    with pytest.raises(InputError, match=r"^--host no such host: no address of this machine; try --host 127.0.0.1$"):
        free_port("no such host", 0)
    with pytest.raises(InputError, match=r"^port 3000 of 192.0.2.1: .*; choose another --port or --host$"):
        free_port("192.0.2.1", 3000)


def test_a_socket_answers_when_somebody_listens(folder: Path) -> None:
    assert not answers(folder / "code")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "code"))
        assert not answers(folder / "code")
        server.listen()
        assert answers(folder / "code")


def process(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code], process_group=0)


def test_a_part_that_has_ended_is_named_with_its_last_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ui.log").write_text("first\nKeyError: 'x'\n  \n", encoding="utf-8")
    with (folder / "ui.log").open("ab") as log:
        running, failed, killed, hung_up, done = (
            process(code)
            for code in (
                "import time; time.sleep(60)",
                "raise SystemExit(3)",
                "import os; os.kill(os.getpid(), 9)",
                "import os, signal; signal.signal(1, signal.SIG_DFL); os.kill(os.getpid(), 1)",
                "",
            )
        )
        for each in (failed, killed, hung_up, done):
            each.wait(60)
        try:
            assert ended({}, log, "winnow ui") == ended({"daemon": running}, log, "winnow ui") == 0
            assert capsys.readouterr() == ("", "")
            assert ended({"daemon": running, "web server": failed}, log, "winnow ui") == 1
            assert ended({"daemon": killed}, log, "winnow ui") == 1
            assert ended({"daemon": hung_up}, log, "winnow ui") == 1
            assert ended({"daemon": done}, log, "winnow ui") == 1
        finally:
            running.kill()
            running.wait()
        end = f"(log: {folder}/ui.log); start winnow ui again"
        assert capsys.readouterr().err.splitlines() == [
            f"winnow: error: the web server ended with code 3: KeyError: 'x' {end}",
            f"winnow: error: the daemon was ended by SIGKILL {end}",
            f"winnow: error: the daemon was ended by SIGHUP {end}",
            f"winnow: error: the daemon ended with code 0 {end}",
        ]


def test_long_last_words_are_cut(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ui.log").write_text("x" * 400, encoding="utf-8")
    failed = process("raise SystemExit(1)")
    failed.wait(60)
    with (folder / "ui.log").open("ab") as log:
        assert ended({"daemon": failed}, log, "winnow ui") == 1
    assert f": {'x' * 300} (log" in capsys.readouterr().err


def test_parts_are_asked_to_end_and_then_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 1.0)
    # Dagster may have left it ignored, which the parts would inherit.
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    parts: dict[str, subprocess.Popen[bytes]] = {}
    started = time.monotonic()
    with stopped_at_the_end(parts):
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


def test_where_all_have_ended_nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.1 * len(waited), sleep=waited.append))
    gone = process("")
    gone.wait(60)
    with stopped_at_the_end({"gone": gone}):
        pass
    assert waited == []


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
        assert start(log, "shown", "a", "b").wait(60) == 0
    assert sorted((folder / "ui.log").read_text().splitlines()) == ["True ['a', 'b'] 1 ", "err"]


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_parts_end_with_it_where_the_system_can_see_to_that(
    folder: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(module.subprocess, "Popen", lambda _, **options: started.append(options))
    monkeypatch.setattr(module.sys, "platform", system)
    with (folder / "ui.log").open("wb", buffering=0) as log:
        start(log, "shown")
    assert (started[0]["preexec_fn"] is not None) == (system == "linux")
