"""`winnow ui` without its parts; the whole is in tests/e2e/test_ui_process.py."""

import argparse
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from selection_assets.command import dagster_parts
from selection_assets.command import ui as module


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


def test_the_options_and_their_defaults() -> None:
    parser = argparse.ArgumentParser()
    module.add_to(parser.add_subparsers())
    options = parser.parse_args(["ui"])
    assert (options.host, options.port) == ("127.0.0.1", 3000)
    options = parser.parse_args(["ui", "--host", "::1", "--port", "1"])
    assert (options.host, options.port) == ("::1", 1)


@pytest.fixture
def signals() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def ui(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    module.add_to(parser.add_subparsers())
    options = parser.parse_args(["ui", "--port", "0", *arguments])
    return int(options.command(options))


@pytest.mark.usefixtures("signals")
def test_the_command_serves_with_a_log_and_the_lock_and_returns_the_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "home"))
    seen: list[str] = []

    @contextmanager
    def lock(command: str) -> Iterator[None]:
        assert command == "winnow ui"
        seen.append("locked")
        yield
        seen.append("free")

    def serve(command: str, host: str, port: int, log: Any, beside: object) -> int:
        assert (command, beside) == ("winnow ui", ())
        assert (host, port > 0, Path(log.name)) == ("localhost", True, folder / "home" / "ui.log")
        assert (seen, capsys.readouterr().out) == (["locked"], "Starting...\n")
        log.write(b"at once")
        assert Path(log.name).read_bytes() == b"at once"
        return 7

    monkeypatch.setattr("resources.locks.ui_lock", lock)
    monkeypatch.setattr(dagster_parts, "serve", serve)
    assert ui("--host", "localhost") == 7
    assert (seen, capsys.readouterr().out) == (["locked", "free"], "")


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_without_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "home"))
    monkeypatch.setattr(dagster_parts, "serve", lambda *_: signal.raise_signal(number))
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, signal.SIG_IGN)  # as in a shell's background job
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    assert ui() == 0
    assert capsys.readouterr().out == "Starting...\nStopped.\n"


@pytest.mark.usefixtures("signals")
def test_it_stays_when_the_terminal_goes_where_nohup_asks_for_that(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "home"))
    monkeypatch.setattr(dagster_parts, "serve", lambda *_: signal.raise_signal(signal.SIGHUP) or 5)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert ui() == 5
