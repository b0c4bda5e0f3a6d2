"""The parts of `winnow ui` that need no web server; the whole is in tests/e2e/test_ui_process.py."""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

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


@pytest.mark.parametrize(("allowed", "place"), [(3, "/tmp"), (2, None), (1, None), (0, None)])
def test_sockets_lie_in_tmp_where_files_can_be_made_there(
    monkeypatch: pytest.MonkeyPatch, allowed: int, place: str | None
) -> None:
    """Of the two rights 2 (to write) and 1 (to enter)."""
    monkeypatch.setattr(module.os, "access", lambda path, rights: path == "/tmp" and rights & allowed == rights)
    assert module._short_folder() == place


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
            assert _ended({}, log) == _ended({"daemon": running}, log) == 0
            assert capsys.readouterr() == ("", "")
            assert _ended({"daemon": running, "web server": failed}, log) == 1
            assert _ended({"daemon": killed}, log) == 1
            assert _ended({"daemon": hung_up}, log) == 1
            assert _ended({"daemon": done}, log) == 1
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


def test_where_all_have_ended_nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.1 * len(waited), sleep=waited.append))
    gone = process("")
    gone.wait(60)
    with _stopped_at_the_end({"gone": gone}):
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
        assert _start(log, "shown", "a", "b").wait(60) == 0
    assert sorted((folder / "ui.log").read_text().splitlines()) == ["True ['a', 'b'] 1 ", "err"]


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_parts_end_with_it_where_the_system_can_see_to_that(
    folder: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(module.subprocess, "Popen", lambda _, **options: started.append(options))
    monkeypatch.setattr(module.sys, "platform", system)
    with (folder / "ui.log").open("wb", buffering=0) as log:
        _start(log, "shown")
    assert (started[0]["preexec_fn"] is not None) == (system == "linux")


class Part:
    """A process that ends with a code at a moment of the clock of `Served`."""

    def __init__(self, served: "Served", ends: tuple[float, int] | None) -> None:
        self.served, self.ends = served, ends

    def poll(self) -> int | None:
        return self.ends[1] if self.ends and self.served.clock >= self.ends[0] else None


class Served:
    """What `_serve` does where nothing is real but the log: its parts, the clock, and who answers from which moment.

    Attributes:
        started: module and arguments of each part, at which moment.
        asked: the addresses of servers that were asked, but for the code server's.
        looks: moments at which killed runs were looked for.
        stopped: names of the parts that were to be stopped, once it is over.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.clock = 100.0
        self.code_answers, self.web_answers = 101.0, 103.0
        self.ends: dict[str, tuple[float, int]] = {"daemon": (112.1, 4)}
        self.started: list[tuple[str, list[str], float]] = []
        self.asked: set[tuple[str, int]] = set()
        self.looks: list[float] = []
        self.queued: list[object] = []
        self.mirrored: list[list[str]] = []
        self.stopped: list[str] = []
        self.socket, self.workspace = Path(), ""
        self.fault: Exception | None = None
        monkeypatch.setenv("DAGSTER_HOME", str(folder / "home"))
        monkeypatch.setattr(module, "time", self)
        for name in ("_start", "_answers", "_stopped_at_the_end"):
            monkeypatch.setattr(module, name, getattr(self, name))
        monkeypatch.setattr("resources.instance.dagster_instance", lambda: nullcontext(self))
        monkeypatch.setattr("resources.killed_runs.end_killed_runs", lambda _: self.looks.append(round(self.clock, 1)))
        monkeypatch.setattr("resources.queued_runs.tell_queued_runs", lambda _, told: self._tell(told))
        monkeypatch.setattr("resources.dataset_files.mirror_partitions", lambda names: self.mirrored.append(names()))

    def serve(self, host: str = "127.0.0.1", port: int = 3000) -> int:
        with (self.folder / "ui.log").open("wb", buffering=0) as log:
            return module._serve(host, port, log)

    def monotonic(self) -> float:
        return self.clock

    def sleep(self, seconds: float) -> None:
        assert seconds == 0.2
        self.clock += seconds

    def get_dynamic_partitions(self, name: str) -> list[str]:
        return [f"a partition of {name}"]

    def _tell(self, told: set[tuple[str, str]]) -> None:
        self.queued.append(told)
        if self.fault:
            raise self.fault

    def _start(self, _: object, name: str, *arguments: str) -> Part:
        self.started.append((name, list(arguments), round(self.clock, 1)))
        if "--socket" in arguments:
            self.socket = Path(arguments[arguments.index("--socket") + 1])
            self.workspace = (self.socket.parent / "workspace.yaml").read_text(encoding="utf-8")
        part = {"dagster": "code server", "dagster._daemon": "daemon"}.get(name, "web server")
        return Part(self, self.ends.get(part))

    def _answers(self, address: Any) -> bool:
        if address == self.socket.parent / "code":
            return self.clock >= self.code_answers
        self.asked.add(address)
        return self.clock >= self.web_answers

    @contextmanager
    def _stopped_at_the_end(self, parts: dict[str, Part]) -> Iterator[None]:
        yield
        self.stopped = list(parts)


@pytest.fixture
def served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    return Served(folder, monkeypatch)


def test_the_code_server_comes_first_and_the_others_when_it_answers(served: Served) -> None:
    assert served.serve("127.0.0.1", 3001) == 1
    code, folder = "selection_assets.definitions", served.socket.parent
    workspace = ["-w", str(folder / "workspace.yaml"), "--log-level", "warning"]
    ours = [
        "api",
        "grpc",
        "--socket",
        str(folder / "code"),
        "--log-level",
        "warning",
        "--location-name",
        code,
        "-m",
        code,
    ]
    web = ["--suppress-warnings", "--host", "127.0.0.1", "--port", "3001"]
    assert served.started == [
        ("dagster", [*ours, "--working-directory", str(Path(__file__).parents[2])], 100.0),
        ("selection_assets.command.web_server", [*workspace, *web], 101.0),
        ("dagster._daemon", ["run", *workspace], 101.0),
    ]
    assert served.workspace == f'load_from: [{{grpc_server: {{socket: "{folder}/code", location_name: {code}}}}}]\n'
    assert served.stopped == ["code server", "web server", "daemon"]
    assert not folder.exists()


def test_what_it_says_once_the_web_server_answers(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert served.serve() == 1
    home = served.folder / "home"
    assert capsys.readouterr().out.splitlines() == [
        "Winnow in Dagster:  http://127.0.0.1:3000",
        f"State folder:       {home}  (log: {home}/ui.log)",
        f"To stop:            Ctrl-C, or kill {os.getpid()}",
    ]


@pytest.mark.parametrize(
    ("host", "shown", "asked"),
    [
        ("0.0.0.0", "http://127.0.0.1:80", "0.0.0.0"),
        ("", "http://127.0.0.1:80", "127.0.0.1"),
        ("::1", "http://[::1]:80", "::1"),
        ("me.local", "http://me.local:80", "me.local"),
    ],
)
def test_the_address_that_it_shows(
    served: Served, capsys: pytest.CaptureFixture[str], host: str, shown: str, asked: str
) -> None:
    served.serve(host, 80)
    assert capsys.readouterr().out.splitlines()[0] == f"Winnow in Dagster:  {shown}"
    assert served.asked == {(asked, 80)}


def test_a_server_that_does_not_answer_is_not_shown(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.web_answers = 200.0
    assert served.serve() == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("winnow: error: the daemon ended with code 4 (log: ")


def test_a_code_server_that_ends_is_all_that_was_started(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.code_answers, served.ends = 200.0, {"code server": (105.0, 3)}
    assert served.serve() == 1
    assert [name for name, *_ in served.started] == ["dagster"]
    assert served.stopped == ["code server"]
    assert capsys.readouterr().err.startswith("winnow: error: the code server ended with code 3 (log: ")
    assert 104.9 < served.clock < 105.3


def test_every_five_seconds_it_looks_after_runs_and_partitions(served: Served) -> None:
    served.serve()
    # Before all, with the first look at the parts, and at the first one that is more than 5 s after the last.
    assert [round(look) for look in served.looks] == [100, 101, 106, 111]
    assert len(served.queued) == 3 and all(told is served.queued[0] for told in served.queued)
    assert served.mirrored == [["a partition of datasets"]] * 3


def test_a_look_that_fails_is_logged_and_taken_again(served: Served) -> None:
    served.fault = OSError("no room")
    assert served.serve() == 1
    assert (served.folder / "ui.log").read_text() == "OSError: no room\n" * 3
    assert (len(served.queued), served.mirrored) == (3, [])


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
    def lock() -> Iterator[None]:
        seen.append("locked")
        yield
        seen.append("free")

    def serve(host: str, port: int, log: Any) -> int:
        assert (host, port > 0, Path(log.name)) == ("localhost", True, folder / "home" / "ui.log")
        assert (seen, capsys.readouterr().out) == (["locked"], "Starting...\n")
        log.write(b"at once")
        assert Path(log.name).read_bytes() == b"at once"
        return 7

    monkeypatch.setattr("resources.locks.ui_lock", lock)
    monkeypatch.setattr(module, "_serve", serve)
    assert ui("--host", "localhost") == 7
    assert (seen, capsys.readouterr().out) == (["locked", "free"], "")


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_without_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "home"))
    monkeypatch.setattr(module, "_serve", lambda *_: signal.raise_signal(number))
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
    monkeypatch.setattr(module, "_serve", lambda *_: signal.raise_signal(signal.SIGHUP) or 5)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert ui() == 5
