"""S3 servers on free loopback ports, started by the tests and stopped again."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAWINNOWTEST000000", "AWS_SECRET_ACCESS_KEY": "not/a+secret"}


@contextmanager
def moto() -> Iterator[str]:
    """Conditional writes and multipart uploads; checks no signature."""
    with served(lambda port: [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]) as url:
        yield url


@contextmanager
def rclone(folder: Path) -> Iterator[str]:
    """Checks signatures; a bucket is a folder below `folder`. Knows no conditional writes."""
    program = Path(sys.executable).with_name("rclone")
    keys = f"{KEYS['AWS_ACCESS_KEY_ID']},{KEYS['AWS_SECRET_ACCESS_KEY']}"

    def command(port: int) -> list[str]:
        address = ("--addr", f"127.0.0.1:{port}", "--auth-key", keys)
        return [str(program), "serve", "s3", *address, "--vfs-cache-mode", "off", "--no-check-dest", str(folder)]

    with served(command) as url:
        yield url


def environment(url: str, **changed: str) -> dict[str, str]:
    return {**KEYS, "AWS_ENDPOINT_URL": url, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1", **changed}


def boto3_client(url: str) -> Any:
    import boto3

    key, secret = KEYS.values()
    return boto3.client(
        "s3", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1"
    )


@contextmanager
def served(command: Callable[[int], list[str]], **variables: str) -> Iterator[str]:
    """The address of a server that is started for a block. command: for a given port."""
    port = _free_port()
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command(port), **quiet, env={**os.environ, **variables})
    try:
        _wait(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int, server: subprocess.Popen[bytes], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not start")
