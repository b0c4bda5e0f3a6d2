"""A PostgreSQL server on a free loopback port, started by the tests and stopped again."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "pass/word@1"


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, where Debian or PATH has them; it refuses to run as root."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    on_path = shutil.which("pg_ctl")
    folders = [*found, *([Path(on_path).parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The address of the database `postgres` with its password, which the server asks for."""
    with postgres_that_restarts(folder) as (url, _):
        yield url


@contextmanager
def postgres_that_restarts(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """As `postgres`, and what restarts it after a crash: every connection and open transaction is lost."""
    from urllib.parse import quote

    binaries = programs()
    assert binaries is not None
    as_user = []
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        for above in folder.parents:  # pytest's own folders are closed to others
            if str(above).startswith("/tmp/"):
                above.chmod(above.stat().st_mode | 0o011)
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, cwd="/", stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    access = ("-A", "scram-sha-256", "--pwfile", str(folder / "password"))
    run(str(binaries / "initdb"), "-D", str(data), "-U", "winnow", "--no-sync", *access)
    options = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
    control = (str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "data" / "log"), "-o", options)
    run(*control, "start")
    url = f"postgresql://winnow:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
    try:
        yield url, lambda: run(*control, "-m", "immediate", "restart")
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
