"""Parts of a command: processes that all run, or none. They end with the command, however it ends."""

import argparse
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from configs.errors import InputError

STOP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1  # of prctl(2): the signal that a process gets when its parent dies


def end_by_signals() -> None:
    """SIGTERM, SIGINT and SIGHUP end this command by KeyboardInterrupt; SIGHUP not where `nohup` asks for that."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        # A shell's background job ignores SIGINT, and Dagster takes over for SIGTERM what it finds for SIGINT.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def start(
    log: IO[bytes], module: str, *arguments: str, variables: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """A part as a process of its own group, which Ctrl-C does not reach, and which ends when this process is killed.

    variables: of its environment, besides those of this one.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        # Packages of the folder where the user happens to be must not stand in for ours.
        env={**os.environ, **(variables or {}), "PYTHONSAFEPATH": "1"},
        process_group=0,
        preexec_fn=ends_with_parent(),  # noqa: PLW1509 - no threads
    )


def ends_with_parent() -> Callable[[], object] | None:
    """What a new process has to do for getting SIGTERM when its parent is killed; None where the system cannot."""
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    return (lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM)) if prctl else None


def ended(parts: "dict[str, subprocess.Popen[bytes]]", log: IO[bytes], command: str) -> int:
    """1, and a line about it, when a part has ended; else 0. command: what is to be started again."""
    for name, process in parts.items():
        if (code := process.poll()) is not None:
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            lines = Path(log.name).read_text(encoding="utf-8", errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "")
            said = f": {last[:300]}" if code > 0 and last else ""
            print(f"winnow: error: the {name} {how}{said} (log: {log.name}); start {command} again", file=sys.stderr)
            return 1
    return 0


@contextmanager
def stopped_at_the_end(parts: "dict[str, subprocess.Popen[bytes]]") -> Iterator[None]:
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


def answers(address: Path | tuple[str, int]) -> bool:
    """Whether somebody listens at a socket, or at a host and port."""
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


def shown_address(host: str, port: int, scheme: str = "http") -> str:
    """Of a server that listens on `host`, as a browser of this machine reaches it."""
    return f"{scheme}://{f'[{_reached(host)}]' if ':' in host else _reached(host)}:{port}"


def _reached(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "") else host


def port_number(text: str) -> int:
    """A type of argparse."""
    port = int(text)
    if not 0 <= port < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text}: give a number from 0 to 65535")
    return port


def free_port(host: str, port: int, command: str = "winnow ui", prefix: str = "--") -> int:
    """`port`, if a server can listen there; for 0 one that is free. Raises InputError otherwise.

    prefix: with `host` and `port` behind it, the options of the command.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(address)
            return int(server.getsockname()[1])
    except socket.gaierror:
        raise InputError(f"{prefix}host {host}: no address of this machine; try {prefix}host 127.0.0.1") from None
    except OSError as error:
        if port and error.errno == errno.EADDRINUSE:
            raise InputError(
                f"port {port} of {host} is in use, perhaps by another {command}; add {prefix}port {port + 1}"
            ) from None
        raise InputError(
            f"port {port} of {host}: {error.strerror}; choose another {prefix}port or {prefix}host"
        ) from None
