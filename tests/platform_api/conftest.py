"""The server in a thread, on a free port, with a state folder of its own; and the real client."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn

from platform_api.app import build_app
from resources.platform.users import add_user, create_token


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def server(home: Path) -> Iterator[str]:
    """Its address."""
    running = uvicorn.Server(uvicorn.Config(build_app(), port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join()


@pytest.fixture
def token(home: Path) -> str:
    """Of a user `ann@example.com`."""
    add_user("ann@example.com")
    return create_token("ann@example.com")


@pytest.fixture
def other_token(home: Path) -> str:
    """Of a user `bob@example.com`."""
    add_user("bob@example.com")
    return create_token("bob@example.com")


Client = Callable[[str], Any]


@pytest.fixture
def client(server: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The public client, as the user of a token."""
    from lightly.api import ApiWorkflowClient

    monkeypatch.setenv("LIGHTLY_SERVER_LOCATION", server)
    return lambda token: ApiWorkflowClient(token=token)


@pytest.fixture
def ask(server: str, token: str) -> Callable[..., requests.Response]:
    """A bare request, by default with the token of the first user."""

    def asked(method: str, path: str, **options: Any) -> requests.Response:
        query = {"token": token, **options.pop("params", {})}
        return requests.request(method, f"{server}{path}", params=query, timeout=30, **options)

    return asked


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with the folders `cats` and `lightly`; its parent holds a secret."""
    root = tmp_path / "outer" / "root"
    (root / "cats" / "deep").mkdir(parents=True)
    (root / "lightly").mkdir()
    (root / "cats" / "a.jpg").write_bytes(b"a")
    (tmp_path / "outer" / "secret.jpg").write_bytes(b"secret")
    monkeypatch.setenv("WINNOW_LOCAL_ROOTS", f"relative{os.pathsep}{tmp_path / 'empty'}{os.pathsep}{root}")
    return root


@pytest.fixture
def ann(client: Client, token: str) -> Any:
    """The client, whose dataset is `cats`."""
    found = client(token)
    found.create_dataset("cats")
    return found
