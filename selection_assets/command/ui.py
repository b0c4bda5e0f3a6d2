"""`winnow ui`: the web server where runs are visible, the daemon that starts them, and the code server that both ask.

They belong to this process: all run, or none. What they log goes to `DAGSTER_HOME/ui.log`.
"""

import argparse
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from configs.errors import InputError

CODE_LOCATION = "selection_assets.definitions"
OUR_PACKAGES = Path(__file__).parents[2]
WORKSPACE = 'load_from: [{{grpc_server: {{socket: "{socket}", location_name: {location}}}}}]\n'
POLL_SECONDS = 0.2
LOOK_AROUND_EVERY_SECONDS = 5.0
STOP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1  # of prctl(2): the signal that a process gets when its parent dies


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    parser = commands.add_parser("ui", help="start the Dagster web server and daemon where runs are visible")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=3000, type=_port, help="port to listen on (default: %(default)s; 0: any)")
    parser.set_defaults(command=_ui)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text}: give a number from 0 to 65535")
    return port


def _ui(options: argparse.Namespace) -> int:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        # A shell's background job ignores SIGINT, and Dagster takes over for SIGTERM what it finds for SIGINT.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    port = _free_port(options.host, options.port)
    from resources.home import home
    from resources.locks import ui_lock

    with ExitStack() as stack, suppress(KeyboardInterrupt):
        stack.enter_context(ui_lock())
        log = stack.enter_context((home() / "ui.log").open("wb", buffering=0))
        print("Starting...")
        return _serve(options.host, port, log)
    print("Stopped.")
    return 0


def _serve(host: str, port: int, log: IO[bytes]) -> int:
    """Start the three processes and watch them; returns the exit code when one has ended."""
    from resources.dataset_files import mirror_partitions
    from resources.home import home
    from resources.instance import dagster_instance
    from resources.killed_runs import end_killed_runs
    from resources.queued_runs import tell_queued_runs
    from selection_assets.partitions import datasets

    shown = f"http://{'127.0.0.1' if host in ('0.0.0.0', '') else f'[{host}]' if ':' in host else host}:{port}"
    with ExitStack() as stack:
        instance = stack.enter_context(dagster_instance())
        end_killed_runs(instance)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="winnow-ui-", dir=_short_folder())))
        (folder / "workspace.yaml").write_text(
            WORKSPACE.format(socket=folder / "code", location=CODE_LOCATION), encoding="utf-8"
        )
        parts: dict[str, subprocess.Popen[bytes]] = {}
        stack.enter_context(_stopped_at_the_end(parts))
        parts["code server"] = _start(
            log,
            "dagster",
            *("api", "grpc", "--socket", str(folder / "code"), "--log-level", "warning"),
            *("--location-name", CODE_LOCATION, "-m", CODE_LOCATION, "--working-directory", str(OUR_PACKAGES)),
        )
        while not _answers(folder / "code"):
            if ended := _ended(parts, log):
                return ended
            time.sleep(POLL_SECONDS)
        workspace = ("-w", str(folder / "workspace.yaml"), "--log-level", "warning")
        parts["web server"] = _start(
            log,
            "selection_assets.command.web_server",
            *(*workspace, "--suppress-warnings", "--host", host, "--port", str(port)),
        )
        parts["daemon"] = _start(log, "dagster._daemon", "run", *workspace)
        told, next_look = False, 0.0
        queued: set[tuple[str, str]] = set()
        while not (ended := _ended(parts, log)):
            if not told and _answers((host or "127.0.0.1", port)):
                told = True
                print(f"Winnow in Dagster:  {shown}\nState folder:       {home()}  (log: {home() / 'ui.log'})")
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
        return ended


def _start(log: IO[bytes], module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """A part as a process of its own group, which Ctrl-C does not reach, and which ends when this process is killed."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        # Packages of the folder where the user happens to be must not stand in for ours.
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        process_group=0,
        preexec_fn=(lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM)) if prctl else None,  # noqa: PLW1509 - no threads
    )


def _ended(parts: "dict[str, subprocess.Popen[bytes]]", log: IO[bytes]) -> int:
    """1, and a line about it, when a part has ended; else 0."""
    for name, process in parts.items():
        if (code := process.poll()) is not None:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            lines = Path(log.name).read_text(encoding="utf-8", errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "")
            said = f": {last[:300]}" if code > 0 and last else ""
            print(f"winnow: error: the {name} {how}{said} (log: {log.name}); start winnow ui again", file=sys.stderr)
            return 1
    return 0


@contextmanager
def _stopped_at_the_end(parts: "dict[str, subprocess.Popen[bytes]]") -> Iterator[None]:
    """Ends the parts and the runs that they started, at once when the user asks a second time."""
    try:
        yield
    finally:
        deadline = time.monotonic() + STOP_SECONDS
        with suppress(KeyboardInterrupt):
            for process in reversed(parts.values()):
                _signal_group(process, signal.SIGTERM)
            while any(map(_group_is_there, parts.values())) and time.monotonic() < deadline:
                time.sleep(0.05)
        for process in parts.values():
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _group_is_there(process: "subprocess.Popen[bytes]") -> bool:
    process.poll()  # one that has ended is there until it was waited for
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _answers(address: Path | tuple[str, int]) -> bool:
    try:
        if isinstance(address, tuple):
            with socket.create_connection(address, timeout=1):
                return True
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(address))
            return True
    except OSError:
        return False


def _free_port(host: str, port: int) -> int:
    """`port`, if a server can listen there. Raises InputError otherwise."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(address)
            return int(server.getsockname()[1])
    except socket.gaierror:
        raise InputError(f"--host {host}: no address of this machine; try --host 127.0.0.1") from None
    except OSError as error:
        if port and error.errno == errno.EADDRINUSE:
            raise InputError(
                f"port {port} of {host} is in use, perhaps by another winnow ui; add --port {port + 1}"
            ) from None
        raise InputError(f"port {port} of {host}: {error.strerror}; choose another --port or --host") from None


def _short_folder() -> str | None:
    """A place for sockets, whose paths may have 107 bytes only."""
    return "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else None
