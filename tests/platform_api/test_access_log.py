"""What the log of a server holds, and what it never holds, whatever is sent."""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import uvicorn

from platform_api import access_log
from platform_api.access_log import AccessLog, OneEntry, write_log
from platform_api.app import build_app

TOKEN = "VerySecretToken_0123456789"
FORGED = "/nothing%0A2026-01-01%2000:00:00,000%20INFO%20forged%1B%5B31m"
ENTRY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|WARNING|ERROR) ")


@pytest.fixture
def loggers() -> Iterator[None]:
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    changed = [logging.getLogger(name) for name in ("winnow", "uvicorn")]
    as_found = [(each.level, list(each.handlers), each.propagate) for each in changed]
    yield
    for handler in set(root.handlers) - set(before[0]):
        handler.close()
    root.handlers[:], root.level = before
    for logger, (level, handlers, propagate) in zip(changed, as_found, strict=True):
        logger.setLevel(level)
        logger.handlers, logger.propagate = handlers, propagate


@pytest.fixture
def served(tmp_path: Path, loggers: None) -> Iterator[tuple[str, Path]]:
    """Address and log of a server, one of whose routes fails."""
    app = build_app()

    @app.get("/broken/{name}")
    def broken(name: str, token: str) -> None:
        raise RuntimeError(f"http://x/v1?a=b&token={token}\n2026-01-01 00:00:00,000 INFO forged")

    log = tmp_path / "api.log"
    write_log(log)
    config = uvicorn.Config(AccessLog(app), port=0, log_config=None, access_log=False)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}", log
    running.should_exit = True
    thread.join()


def test_a_line_per_request_without_what_is_secret(served: tuple[str, Path]) -> None:
    address, log = served
    claims = "eyJhIjoxfQ.c2lnbmVk"
    asked = {
        f"/v1/datasets?token={TOKEN}": (401, "/v1/datasets"),
        f"/healthz?token={TOKEN}": (200, "/healthz"),
        f"/files/{claims}/a.jpg": (403, "/files/****/a.jpg"),
        f"/nothing%0A2026-01-01 00:00:00,000 INFO forged%1B[31m?token={TOKEN}": (404, FORGED),
        f"/broken/x?token={TOKEN}": (500, "/broken/x"),
        f"/v1/token={TOKEN}": (404, "/v1/token=****"),
        "/" + "a" * 500: (404, "/" + "a" * 299),
    }
    for path, (status, _) in asked.items():
        assert requests.get(f"{address}{path}", timeout=30).status_code == status
    with socket.create_connection((urlsplit(address).hostname, urlsplit(address).port or 0)) as raw:
        raw.sendall(f"GET /v1?token={TOKEN} NONSENSE\r\n\r\n".encode())
        assert b"400" in raw.recv(1000)
    text = log.read_text(encoding="utf-8")
    assert TOKEN not in text and claims not in text
    assert "\x1b" not in text
    lines = text.splitlines()
    assert all(ENTRY.match(line) or line.startswith("    ") for line in lines)
    assert not [line for line in lines if ENTRY.match(line) and line.endswith("INFO forged")]
    requested = re.findall(r"INFO GET (\S+) (\d+) \d+ ms$", text, re.MULTILINE)
    assert requested == [(path, str(status)) for status, path in asked.values()]
    assert "Invalid HTTP request received." in text
    assert "RuntimeError: http://x/v1?a=b&token=****" in text


def test_the_log_is_bounded(tmp_path: Path, loggers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "MOST_OF_FILE", 1000)
    write_log(tmp_path / "api.log")
    for _ in range(100):
        logging.getLogger("winnow").info("x" * 80)
    files = sorted(tmp_path.glob("api.log*"))
    assert [file.name for file in files] == ["api.log", "api.log.1", "api.log.2", "api.log.3"]
    assert all(file.stat().st_size <= 1000 for file in files)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("a\r\nb", "a\\r\n    b"),
        ("a\u2028b\x85c\x00", "a\\u2028b\\x85c\\x00"),
        ("http://x/files/abc.def-_1/é.jpg?TOKEN=abc&b=c", "http://x/files/****/é.jpg?TOKEN=****&b=c"),
        ("'token=abc'", "'token=****'"),
    ],
)
def test_what_is_written_of_a_record(said: str, written: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, said, None, None)
    assert OneEntry().format(record).partition(" INFO ")[2] == written
