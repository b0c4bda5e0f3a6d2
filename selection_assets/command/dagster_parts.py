"""Dagster's parts, and what a command runs beside them: the code server, the web server, the daemon; all run, or none.

What Dagster logs goes to `DAGSTER_HOME/ui.log`.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from selection_assets.command.parts import answers, ended, shown_address, start, stopped_at_the_end

if TYPE_CHECKING:
    from dagster import DagsterInstance

CODE_LOCATION = "selection_assets.definitions"
OUR_PACKAGES = Path(__file__).parents[2]
WORKSPACE = 'load_from: [{{grpc_server: {{socket: "{socket}", location_name: {location}}}}}]\n'
POLL_SECONDS = 0.2
LOOK_AROUND_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Beside:
    """A part that is none of Dagster's. lines: what is said of it once it answers; variables: of its environment."""

    name: str
    module: str
    arguments: Sequence[str]
    answers: Callable[[], bool]
    lines: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)


def run_parts(command: str, host: str, port: int, beside: Sequence[Beside] = ()) -> int:
    """Until a part ends, whose exit code it returns, or a signal comes: then 0.

    One of these per state folder: two daemons would both start the same runs. Raises InputError where there is one.
    host, port: of Dagster's web server.
    """
    from resources.home import home
    from resources.locks import ui_lock

    with ExitStack() as stack, suppress(KeyboardInterrupt):
        stack.enter_context(ui_lock(command))
        log = stack.enter_context((home() / "ui.log").open("wb", buffering=0))
        print("Starting...")
        return serve(command, host, port, log, beside)
    print("Stopped.")
    return 0


def serve(command: str, host: str, port: int, log: IO[bytes], beside: Sequence[Beside] = ()) -> int:
    """Start the parts and watch them; returns the exit code when one has ended."""
    from resources.dataset_files import mirror_partitions
    from resources.home import home
    from resources.instance import dagster_instance
    from resources.killed_runs import end_killed_runs
    from resources.queued_runs import tell_queued_runs
    from selection_assets.partitions import datasets

    with ExitStack() as stack:
        instance = stack.enter_context(dagster_instance())
        end_killed_runs(instance)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="winnow-ui-", dir=_short_folder())))
        (folder / "workspace.yaml").write_text(
            WORKSPACE.format(socket=folder / "code", location=CODE_LOCATION), encoding="utf-8"
        )
        parts: dict[str, subprocess.Popen[bytes]] = {}
        stack.enter_context(stopped_at_the_end(parts))
        for each in beside:
            parts[each.name] = start(log, each.module, *each.arguments, variables=each.variables)
        parts["code server"] = start(
            log,
            "dagster",
            *("api", "grpc", "--socket", str(folder / "code"), "--log-level", "warning"),
            *("--location-name", CODE_LOCATION, "-m", CODE_LOCATION, "--working-directory", str(OUR_PACKAGES)),
        )
        while not answers(folder / "code"):
            if code := ended(parts, log, command):
                return code
            time.sleep(POLL_SECONDS)
        workspace = ("-w", str(folder / "workspace.yaml"), "--log-level", "warning")
        parts["web server"] = start(
            log,
            "selection_assets.command.web_server",
            *(*workspace, "--suppress-warnings", "--host", host, "--port", str(port)),
        )
        parts["daemon"] = start(log, "selection_assets.command.daemon", "run", *workspace)
        told, next_look, began = False, 0.0, time.time()

        def web() -> bool:
            return answers((host or "127.0.0.1", port))

        queued: set[tuple[str, str]] = set()
        while not (code := ended(parts, log, command)):
            if not told and web() and _daemon_works(instance, began) and all(each.answers() for each in beside):
                told = True
                for line in (line for each in beside for line in each.lines):
                    print(line)
                print(f"Winnow in Dagster:  {shown_address(host, port)}")
                print(f"State folder:       {home()}  (log: {home() / 'ui.log'})")
                print(f"To stop:            Ctrl-C, or kill {os.getpid()}")
            if time.monotonic() > next_look:
                next_look = time.monotonic() + LOOK_AROUND_EVERY_SECONDS
                try:
                    end_killed_runs(instance)
                    tell_queued_runs(instance, queued)
                    mirror_partitions(lambda: instance.get_dynamic_partitions(str(datasets.name)))
                except Exception as error:  # a busy or full database must not end the UI
                    log.write(f"{type(error).__name__}: {error}\n".encode())
            time.sleep(POLL_SECONDS)
        return code


def _daemon_works(instance: "DagsterInstance", since: float) -> bool:
    """since: seconds since 1970. An older sign of life is that of an earlier daemon."""
    seen = instance.get_daemon_heartbeats().get("SENSOR")
    return seen is not None and seen.timestamp >= since


def _short_folder() -> str | None:
    """A place for sockets, whose paths may have 107 bytes only."""
    return "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else None
