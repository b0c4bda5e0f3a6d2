"""What the server writes down: a line per request, and errors. Never a token, never the claims of a signed URL.

Tokens come in the query string, which is left out; claims are a part of the path. Whatever a client sends stands on a
line of its own making only where it cannot be told from ours: control characters are escaped, further lines indented.
"""

import logging
import re
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_OF_PATH = 300  # characters
MOST_OF_FILE = 10 << 20  # bytes
OLD_FILES = 3
_SECRETS = re.compile(r"(/files/|\btoken=)[^\s/&\"']+", re.IGNORECASE)
log = logging.getLogger("winnow.access")


class AccessLog:
    """Around an application: a line per request, also where it fails or the client goes away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 0, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            took = (time.perf_counter() - began) * 1000
            path = quote(scope["path"][:MOST_OF_PATH], safe="/:@=,+")  # one word
            log.info("%s %s %s %.0f ms", scope["method"], path, status or "-", took)


class OneEntry(logging.Formatter):
    """An entry per record, without secrets, whose further lines are indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).split("\n")
        return "\n    ".join(_SECRETS.sub(r"\1****", _shown(line)) for line in lines)


def _shown(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in line)


def write_log(file: Path | None) -> None:
    """Of all that this process logs: to a file that is never larger than 10 MB, with three old ones; else to stderr."""
    handler = (
        RotatingFileHandler(file, maxBytes=MOST_OF_FILE, backupCount=OLD_FILES, encoding="utf-8") if file else None
    )
    chosen: logging.Handler = handler or logging.StreamHandler()
    chosen.setFormatter(OneEntry())
    logging.basicConfig(handlers=[chosen], level=logging.WARNING, force=True)
    for name in ("winnow", "uvicorn"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.handlers, logger.propagate = [], True
