"""A proxy in front of a server of buckets that spoils answers by a plan of the test. The server itself stays whole.

It forwards every header as it came, Host among them, which signatures cover.
"""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "keep-alive")


class Seen(NamedTuple):
    """One request. key: the path without the bucket's name, unquoted; of a listing empty."""

    method: str
    key: str


class Answer(NamedTuple):
    """What the server says, whole."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


Forward = Callable[[], Answer]
Fault = Callable[["_Handler", Forward], None]


@dataclass
class Rule:
    """A fault and the requests that meet it: those of `method` whose key `key` matches, without the first `after` of
    them, `times` of them or all."""

    fault: Fault
    method: str
    key: re.Pattern[str]
    times: float
    after: int
    met: int = 0

    def meets(self, seen: Seen) -> bool:
        if self.method not in ("", seen.method) or not self.key.search(seen.key):
            return False
        self.met += 1
        return self.after < self.met <= self.after + self.times


@dataclass
class FaultProxy:
    """What a test holds: the address, the plan, and what was asked for."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    _rules: list[Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(
        self, fault: Fault, *, method: str = "", key: str = "", times: float = float("inf"), after: int = 0
    ) -> None:
        """Spoil requests from now on. Where several rules meet one, the first that was planned is taken."""
        with self._lock:
            self._rules.append(Rule(fault, method, re.compile(key), times, after))

    def clear(self) -> None:
        """From now on everything goes well; what was seen is forgotten."""
        with self._lock:
            self._rules.clear()
            self.seen.clear()

    def count(self, method: str = "", key: str = "") -> int:
        """How many requests came for keys that match."""
        with self._lock:
            return sum(method in ("", each.method) and bool(re.search(key, each.key)) for each in self.seen)

    def fault_of(self, seen: Seen) -> Fault | None:
        with self._lock:
            self.seen.append(seen)
            met = [rule.fault for rule in self._rules if rule.meets(seen)]
        return met[0] if met else None


def refusal(status: int, code: str = "", **headers: str) -> Fault:
    """The server's own kind of error; it never sees the request."""
    body = f"<Error><Code>{code}</Code><Message>planned</Message></Error>".encode() if code else b""

    def fault(handler: "_Handler", _: Forward) -> None:
        handler.answer(Answer(status, [(name.replace("_", "-"), value) for name, value in headers.items()], body))

    return fault


def slow(seconds: float) -> Fault:
    """The answer begins at once, and the second half of its body takes a while."""

    def fault(handler: "_Handler", forward: Forward) -> None:
        found = forward()
        half = len(found.body) // 2
        handler.answer(found, half)
        time.sleep(seconds)
        with suppress(OSError):  # who asked may have given up
            handler.wfile.write(found.body[half:])

    return fault


def cut(share: float = 0.5) -> Fault:
    """The body ends too early, without a word: the connection is closed."""

    def fault(handler: "_Handler", forward: Forward) -> None:
        found = forward()
        handler.answer(found, int(len(found.body) * share))
        handler.close_connection = True

    return fault


def reset(handler: "_Handler", _: Forward) -> None:
    """In place of an answer the connection is reset; the server never sees the request."""
    handler.reset()


def reset_in_body(handler: "_Handler", forward: Forward) -> None:
    found = forward()
    handler.answer(found, len(found.body) // 2)
    handler.reset()


def reset_when_done(handler: "_Handler", forward: Forward) -> None:
    """The server has done what was asked, and nobody hears of it."""
    forward()
    handler.reset()


def refused_when_done(handler: "_Handler", forward: Forward) -> None:
    """The server has done what was asked, and says that it is too busy."""
    forward()
    handler.answer(Answer(503, [], b""))


def meanwhile(act: Callable[[], Any]) -> Fault:
    """Something else happens to the bucket just before the request; it is answered as ever."""

    def fault(handler: "_Handler", forward: Forward) -> None:
        act()
        handler.answer(forward())

    return fault


@contextmanager
def fault_proxy(server: str) -> Iterator[FaultProxy]:
    """In front of the server at an address, for a block."""
    listening = _Server(("127.0.0.1", 0), _Handler)
    listening.behind = urlsplit(server).netloc
    listening.proxy = FaultProxy(f"http://127.0.0.1:{listening.server_port}")
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield listening.proxy
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    behind: str
    proxy: FaultProxy

    def handle_error(self, *_: Any) -> None:
        """Connections that end early are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]
        fault = self.server.proxy.fault_of(Seen(self.command, key))

        def forward() -> Answer:
            return self._forward(body)

        if fault:
            fault(self, forward)
        else:
            self.answer(forward())

    def _forward(self, body: bytes) -> Answer:
        behind = HTTPConnection(self.server.behind, timeout=30)
        try:
            behind.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "keep-alive"):
                    behind.putheader(name, value)
            behind.putheader("Connection", "close")
            behind.endheaders(body or None)
            found: HTTPResponse = behind.getresponse()
            return Answer(found.status, found.getheaders(), found.read())
        finally:
            behind.close()

    def answer(self, answer: Answer, length: int | None = None) -> None:
        """Its head says the whole length; of its body only the first `length` bytes are sent."""
        self.send_response_only(answer.status)
        told = str(len(answer.body))
        for name, value in answer.headers:
            if name.lower() == "content-length" and self.command == "HEAD":
                told = value
            elif name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", told)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body if length is None else answer.body[:length])
        self.wfile.flush()

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()  # with a file of it still open, the socket itself stays until that is closed, too
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing is said."""


for _method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler.do_any)
