"""What starts in which order, what is said and looked after, where nothing is real but the log."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from selection_assets.command import dagster_parts as module
from selection_assets.command.dagster_parts import Beside


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        yield Path(name)


@pytest.mark.parametrize(("allowed", "place"), [(3, "/tmp"), (2, None), (1, None), (0, None)])
def test_sockets_lie_in_tmp_where_files_can_be_made_there(
    monkeypatch: pytest.MonkeyPatch, allowed: int, place: str | None
) -> None:
    """Of the two rights 2 (to write) and 1 (to enter)."""
    monkeypatch.setattr(module.os, "access", lambda path, rights: path == "/tmp" and rights & allowed == rights)
    assert module._short_folder() == place


class Part:
    """A process that ends with a code at a moment of the clock of `Served`."""

    def __init__(self, served: "Served", ends: tuple[float, int] | None) -> None:
        self.served, self.ends = served, ends

    def poll(self) -> int | None:
        return self.ends[1] if self.ends and self.served.clock >= self.ends[0] else None


class Served:
    """What `serve` does where nothing is real but the log: its parts, the clock, and who answers from which moment.

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
        self.beside: list[Beside] = []
        self.last_sign_of_the_daemon = 101.5
        self.fault: Exception | None = None
        monkeypatch.setenv("DAGSTER_HOME", str(folder / "home"))
        monkeypatch.setattr(module, "time", self)
        for name in ("start", "answers", "stopped_at_the_end"):
            monkeypatch.setattr(module, name, getattr(self, name))
        monkeypatch.setattr("resources.instance.dagster_instance", lambda: nullcontext(self))
        monkeypatch.setattr("resources.killed_runs.end_killed_runs", lambda _: self.looks.append(round(self.clock, 1)))
        monkeypatch.setattr("resources.queued_runs.tell_queued_runs", lambda _, told: self._tell(told))
        monkeypatch.setattr("resources.dataset_files.mirror_partitions", lambda names: self.mirrored.append(names()))

    def serve(self, host: str = "127.0.0.1", port: int = 3000) -> int:
        with (self.folder / "ui.log").open("wb", buffering=0) as log:
            return module.serve("winnow ui", host, port, log, self.beside)

    def monotonic(self) -> float:
        return self.clock

    def time(self) -> float:
        return self.clock

    def get_daemon_heartbeats(self) -> dict[str, SimpleNamespace]:
        return {"SENSOR": SimpleNamespace(timestamp=self.last_sign_of_the_daemon)}

    def sleep(self, seconds: float) -> None:
        assert seconds == 0.2
        self.clock += seconds

    def get_dynamic_partitions(self, name: str) -> list[str]:
        return [f"a partition of {name}"]

    def _tell(self, told: set[tuple[str, str]]) -> None:
        self.queued.append(told)
        if self.fault:
            raise self.fault

    def start(self, _: object, name: str, *arguments: str, variables: Any = None) -> Part:
        self.started.append((name, list(arguments), round(self.clock, 1)))
        if "--socket" in arguments:
            self.socket = Path(arguments[arguments.index("--socket") + 1])
            self.workspace = (self.socket.parent / "workspace.yaml").read_text(encoding="utf-8")
        part = {"dagster": "code server", "selection_assets.command.daemon": "daemon", "api": "API"}.get(
            name, "web server"
        )
        return Part(self, self.ends.get(part))

    def answers(self, address: Any) -> bool:
        if address == self.socket.parent / "code":
            return self.clock >= self.code_answers
        self.asked.add(address)
        return self.clock >= self.web_answers

    @contextmanager
    def stopped_at_the_end(self, parts: dict[str, Part]) -> Iterator[None]:
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
        ("selection_assets.command.daemon", ["run", *workspace], 101.0),
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


def test_a_part_beside_starts_first_and_is_told_when_all_answer(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[float] = []

    def healthy() -> bool:
        asked.append(round(served.clock, 1))
        return served.clock >= 105.0

    served.beside = [Beside("API", "api", ["x"], healthy, ["API at work"], {"A": "b"})]
    assert served.serve() == 1
    assert [name for name, *_ in served.started] == [
        "api",
        "dagster",
        "selection_assets.command.web_server",
        "selection_assets.command.daemon",
    ]
    assert served.stopped == ["API", "code server", "web server", "daemon"]
    assert capsys.readouterr().out.splitlines()[:2] == ["API at work", "Winnow in Dagster:  http://127.0.0.1:3000"]
    assert 103.0 <= asked[0] < 103.3 and 105.0 <= asked[-1] < 105.3


def test_a_sign_of_an_earlier_daemon_is_none(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    served.last_sign_of_the_daemon = 100.9
    assert served.serve() == 1
    assert capsys.readouterr().out == ""
