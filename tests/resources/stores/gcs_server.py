"""A small server that speaks the interfaces of Google Cloud Storage as far as obstore and Winnow use them: the one in
XML, and of the one in JSON what tells rules of a bucket and when objects were created.

It checks every token and signature (`gcs_signatures`), keeps objects in memory, and knows generations, ranges, pages
and folders of listings, and uploads in parts. Source: cloud.google.com/storage/docs/xml-api/reference-methods.
"""

import hashlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.resources.stores.gcs_signatures import Refused, caller

RIGHTS = {"GET": "get", "HEAD": "get", "PUT": "create", "POST": "create", "DELETE": "delete"}
PAGE = 1_000
JSON = "/storage/v1/b/"


@dataclass(frozen=True)
class Stored:
    """about: what the interface in JSON tells beside the name: timeCreated, storageClass, customTime."""

    data: bytes
    generation: int
    modified_ms: int
    etag: str
    about: dict[str, str] = field(default_factory=dict)


@dataclass
class FakeGCS:
    """buckets: of keys and what they hold. lifecycles: of buckets that have one. rights: of each account; of an account
    that is not named, all. asked: how many requests came for JSON."""

    url: str = ""
    buckets: dict[str, dict[str, Stored]] = field(default_factory=dict)
    lifecycles: dict[str, Any] = field(default_factory=dict)
    rights: dict[str, set[str]] = field(default_factory=dict)
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    # Generations, and ids of uploads.
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1_700_000_000_000_000))

    def put(self, bucket: str, key: str, data: bytes, *, parts: int = 0, **about: str) -> Stored:
        etag = hashlib.md5(data).hexdigest() + (f"-{parts}" if parts else "")
        now = time.time_ns() // 10**6
        told = {"timeCreated": _moment(now), "storageClass": "STANDARD", **about}
        stored = Stored(data, next(self.numbers), now, f'"{etag}"', told)
        self.buckets[bucket][key] = stored
        return stored


@contextmanager
def fake_gcs() -> Iterator[FakeGCS]:
    gcs = FakeGCS()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"gcs": gcs}))
    server.daemon_threads = True
    gcs.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield gcs
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    gcs: FakeGCS
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other

    def log_message(self, *_: object) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_any(self) -> None:
        parts = urlsplit(self.path)
        bucket, _, key = map(unquote, parts.path[1:].partition("/"))
        query = {name: texts[0] for name, texts in parse_qs(parts.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            who = caller(self.command, self.path, self.headers)
            if parts.path.startswith(JSON):
                return self._json(who, parts.path, query)
            right = RIGHTS[self.command] if key else "list"
            if right not in self.gcs.rights.get(who, {right}):
                raise Refused(403, "AccessDenied", f"{who} does not have storage.objects.{right} access.")
            if bucket not in self.gcs.buckets:
                raise Refused(404, "NoSuchBucket", "The specified bucket does not exist.")
            with self.gcs.lock:
                if not key:
                    self._list(bucket, query)
                elif "uploads" in query or "uploadId" in query:
                    self._upload(bucket, key, query, body)
                else:
                    getattr(self, f"_{self.command.lower()}")(bucket, key, body)
        except Refused as refused:
            text = f"<Error><Code>{refused.code}</Code><Message>{refused}</Message></Error>"
            self._answer(refused.status, f"<?xml version='1.0' encoding='UTF-8'?>{text}".encode())
        return None

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_any  # noqa: N815 - names of `http.server`

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _found(self, bucket: str, key: str) -> Stored:
        if key not in self.gcs.buckets[bucket]:
            raise Refused(404, "NoSuchKey", "The specified key does not exist.")
        return self.gcs.buckets[bucket][key]

    def _get(self, bucket: str, key: str, _: bytes) -> None:
        found = self._found(bucket, key)
        about = {
            "ETag": found.etag,
            "Last_Modified": formatdate(found.modified_ms // 1000, usegmt=True),
            "x_goog_generation": str(found.generation),
        }
        if not (asked := self.headers.get("Range")):
            return self._answer(200, found.data, **about)
        first, last = asked.removeprefix("bytes=").split("-")
        start = int(first) if first else max(0, len(found.data) - int(last))
        end = min(int(last), len(found.data) - 1) if first and last else len(found.data) - 1
        if start > end:
            raise Refused(416, "InvalidRange", "The requested range cannot be satisfied.")
        span = f"bytes {start}-{end}/{len(found.data)}"
        return self._answer(206, found.data[start : end + 1], Content_Range=span, **about)

    def _head(self, bucket: str, key: str, body: bytes) -> None:
        self._get(bucket, key, body)

    def _put(self, bucket: str, key: str, body: bytes) -> None:
        before = self.gcs.buckets[bucket].get(key)
        wanted = self.headers.get("x-goog-if-generation-match")
        if wanted is not None and int(wanted) != (before.generation if before else 0):
            raise Refused(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
        stored = self.gcs.put(bucket, key, body)
        self._answer(200, ETag=stored.etag, x_goog_generation=str(stored.generation))

    def _delete(self, bucket: str, key: str, _: bytes) -> None:
        self._found(bucket, key)
        del self.gcs.buckets[bucket][key]
        self._answer(204)

    def _upload(self, bucket: str, key: str, query: dict[str, str], body: bytes) -> None:
        if "uploads" in query:
            number = str(next(self.gcs.numbers))
            self.gcs.uploads[number] = {}
            text = f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key><UploadId>{number}</UploadId>"
            return self._answer(200, f"<InitiateMultipartUploadResult>{text}</InitiateMultipartUploadResult>".encode())
        parts = self.gcs.uploads[query["uploadId"]]
        if self.command == "PUT":
            parts[int(query["partNumber"])] = body
            return self._answer(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')
        del self.gcs.uploads[query["uploadId"]]
        if self.command == "DELETE":
            return self._answer(204)
        stored = self.gcs.put(bucket, key, b"".join(parts[number] for number in sorted(parts)), parts=len(parts))
        text = f"<Bucket>{bucket}</Bucket><Key>{escape(key)}</Key><ETag>{escape(stored.etag)}</ETag>"
        answer = f"<CompleteMultipartUploadResult>{text}</CompleteMultipartUploadResult>".encode()
        return self._answer(200, answer, x_goog_generation=str(stored.generation))

    def _json(self, who: str, path: str, query: dict[str, str]) -> None:
        bucket, _, what = unquote(path.removeprefix(JSON)).partition("/")
        right = "storage.objects.list" if what else "storage.buckets.get"
        self.gcs.asked += 1
        if right.rpartition(".")[2] not in self.gcs.rights.get(who, {"list", "get"}):
            fault = {"error": {"code": 403, "message": f"{who} does not have {right} access."}}
            return self._answer(403, json.dumps(fault).encode())
        if not what:
            found = {"lifecycle": self.gcs.lifecycles[bucket]} if bucket in self.gcs.lifecycles else {}
            return self._answer(200, json.dumps(found).encode(), Content_Type="application/json")
        with self.gcs.lock:
            prefix, after = query["prefix"], query.get("pageToken", "")
            keys = [key for key in sorted(self.gcs.buckets[bucket]) if key.startswith(prefix) and key > after]
            items = [{"name": key, **self.gcs.buckets[bucket][key].about} for key in keys[:PAGE]]
        more = {"nextPageToken": keys[PAGE - 1]} if len(keys) > PAGE else {}
        shown = {"items": items} if items else {}
        return self._answer(200, json.dumps({**shown, **more}).encode(), Content_Type="application/json")

    def _list(self, bucket: str, query: dict[str, str]) -> None:
        assert query.get("list-type") == "2"
        name = quote if query.get("encoding-type") == "url" else escape
        after, prefix = query.get("continuation-token") or query.get("start-after", ""), query.get("prefix", "")
        keys = [key for key in sorted(self.gcs.buckets[bucket]) if key.startswith(prefix) and key > after]
        shown = keys[: int(query.get("max-keys", PAGE))]
        folders = sorted({folder for key in shown if (folder := _folder(key, prefix, query.get("delimiter", "")))})
        more = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if len(keys) > len(shown) else ""
        rows = "".join(
            _row(name(key), self.gcs.buckets[bucket][key])
            for key in shown
            if not _folder(key, prefix, query.get("delimiter", ""))
        )
        rows += "".join(f"<CommonPrefixes><Prefix>{name(each)}</Prefix></CommonPrefixes>" for each in folders)
        head = f"<Name>{bucket}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(shown)}</KeyCount>"
        more = f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{more}"
        space = 'xmlns="http://doc.s3.amazonaws.com/2006-03-01"'
        text = f"<?xml version='1.0' encoding='UTF-8'?><ListBucketResult {space}>{head}{more}{rows}</ListBucketResult>"
        self._answer(200, text.encode(), Content_Type="application/xml; charset=UTF-8")


def _folder(key: str, prefix: str, delimiter: str) -> str:
    """The folder below the prefix that stands for the key in a listing; empty where the key itself does."""
    folder, found, _ = key.removeprefix(prefix).partition(delimiter) if delimiter else ("", "", "")
    return f"{prefix}{folder}{found}" if found else ""


def _row(name: str, stored: Stored) -> str:
    moment = _moment(stored.modified_ms)
    return (
        f"<Contents><Key>{name}</Key><Generation>{stored.generation}</Generation><MetaGeneration>1</MetaGeneration>"
        f"<LastModified>{moment}</LastModified><ETag>{escape(stored.etag)}</ETag><Size>{len(stored.data)}</Size></Contents>"
    )


def _moment(since_1970_ms: int) -> str:
    seconds, rest = divmod(since_1970_ms, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest:03d}Z"
