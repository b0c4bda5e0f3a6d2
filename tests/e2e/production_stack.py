"""The services of compose.yaml as processes of this machine: their command lines and variables, at other addresses."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import yaml
from sqlalchemy import create_engine, make_url, text

from tests.e2e.dagster_server import DagsterServer, wait_for
from tests.resources.catalog.postgres_server import PASSWORD, postgres

ROOT = Path(__file__).parents[2]
PRODUCTION = ROOT / "configs" / "instance" / "production"
OURS = ("migrate", "code", "web", "api", "daemon", "worker")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")
SECRETS = {
    "POSTGRES_PASSWORD": quote(PASSWORD, safe=""),
    "BUCKET_SECRET": "of-the-bucket",
    "WINNOW_SECRET_KEY": "b2YgdGhlIHRlc3RzIG9mIHRoZSBwcm9kdWN0aW9uIHM=",
    "WINNOW_INPUT": "./input",
    "WINNOW_OUTPUT": "./output",
}


def read_compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """compose.yaml with its variables filled in, as Compose does it. Raises ValueError for one that it asks for."""

    def value(found: re.Match[str]) -> str:
        given = variables.get(found["name"], "")
        if not given and found["kind"] == "?":
            raise ValueError(f"{found['name']}: {found['text']}")
        return given or (found["text"] if found["kind"] == "-" else "")

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: filled(each) for key, each in node.items()}
        if isinstance(node, list):
            return [filled(each) for each in node]
        return VARIABLE.sub(value, node) if isinstance(node, str) else node

    content = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, Any] = filled(content)
    return found


@dataclass
class Stack:
    """What runs: the web server, the API's address, and the process of each service but for the worker."""

    web: DagsterServer
    api: str
    database: str
    bucket: Path
    environment: dict[str, str]
    _restart: Callable[[str], None]

    def restart(self, name: str) -> None:
        """Kill a service and all its children, and start it again, as Docker does with a container that has ended."""
        self._restart(name)


def make_database(url: str, name: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg2"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextmanager
def production_stack(folder: Path) -> Iterator[Stack]:
    """All services, with their data below `folder`, until the block ends."""
    home, buckets, database = (folder / name for name in ("home", "buckets", "database"))
    for made in (home, buckets / "winnow", database, folder / "tmp"):
        made.mkdir(parents=True)
    (home / "dagster.yaml").write_bytes((PRODUCTION / "dagster.yaml").read_bytes())
    services = read_compose(SECRETS)["services"]
    ports = {number: _free_port() for number in (3000, 4000, 8000, 9000)}
    with ExitStack() as stack:
        url = stack.enter_context(postgres(database))
        make_database(url, "winnow")
        elsewhere = {
            "postgres:5432": urlsplit(url).netloc.rpartition("@")[2],
            "bucket:9000": f"127.0.0.1:{ports[9000]}",
            "0.0.0.0": "127.0.0.1",
            "/buckets": str(buckets),
            "/var/lib/winnow": str(home),
            "/opt/winnow": str(ROOT),
            **{str(number): str(port) for number, port in ports.items()},
        }

        names = re.compile("|".join(map(re.escape, elsewhere)))

        def here(text: str) -> str:
            return "127.0.0.1" if text == "code" else names.sub(lambda found: elsewhere[found[0]], text)

        def command(name: str, words: list[str]) -> list[str]:
            first = ["rclone"] if name == "bucket" else []
            program, *arguments = [*first, *words]
            return [str(Path(sys.executable).with_name(program)), *map(here, arguments)]

        environment = {
            **os.environ,
            **{key: here(text) for key, text in services["code"]["environment"].items()},
            "TMPDIR": str(folder / "tmp"),
            "PYTHONUNBUFFERED": "1",
        }
        running: dict[str, subprocess.Popen[bytes]] = {}
        stack.enter_context(_ended(running))

        def start(name: str) -> "subprocess.Popen[bytes]":
            with (folder / f"{name}.log").open("ab") as log:
                process = subprocess.Popen(
                    command(name, services[name]["command"]),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment,
                    cwd=folder,
                    start_new_session=True,
                )
            running[name] = process
            return process

        def ready(name: str) -> None:
            port = ports[{"bucket": 9000, "code": 4000, "web": 3000, "api": 8000}[name]]

            def answers() -> bool:
                assert running[name].poll() is None, (folder / f"{name}.log").read_text(encoding="utf-8")
                return _answers(port)

            wait_for(answers, 90, f"{name} does not answer")

        def restart(name: str) -> None:
            os.killpg(running[name].pid, signal.SIGKILL)
            running[name].wait()
            start(name)
            ready(name)

        start("bucket")
        assert start("migrate").wait(90) == 0, (folder / "migrate.log").read_text(encoding="utf-8")
        ready("bucket")
        start("code")
        ready("code")
        start("daemon")
        start("web")
        start("api")
        ready("web")
        ready("api")
        web, api = (f"http://127.0.0.1:{ports[number]}" for number in (3000, 8000))
        yield Stack(DagsterServer(web, home), api, url, buckets, environment, restart)


@contextmanager
def _ended(running: "dict[str, subprocess.Popen[bytes]]") -> Iterator[None]:
    try:
        yield
    finally:
        deadline = time.monotonic() + 20
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in running.values():
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
            for process in running.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))
