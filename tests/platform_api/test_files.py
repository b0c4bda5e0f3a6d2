"""Signed URLs of this server: bytes, ranges, headers; and URLs that somebody has changed or made."""

import base64
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from fastapi import Request

from platform_api import signed_urls
from platform_api.errors import ApiError
from platform_api.signed_urls import base_url, file_read_url, file_write_url, read_url
from resources.platform.datasets import PlatformDataset, own_datasets
from resources.platform.datasources import source_for
from resources.platform.signed_claims import SignedClaims
from resources.platform.users import find_user

DATA = bytes(range(256)) * 5000


@pytest.fixture
def asked(server: str) -> Request:
    """A request to the server, as its routes have it."""
    host = urlsplit(server).netloc.encode()
    return Request({"type": "http", "scheme": "http", "path": "/", "headers": [(b"host", host)], "query_string": b""})


@pytest.fixture
def dataset(ann: Any, roots: Path) -> PlatformDataset:
    """Its input is the folder `cats`."""
    ann.set_local_config(relative_path="cats")
    (found,) = own_datasets(find_user("ann@example.com"))
    return found


def test_bytes_ranges_and_headers(dataset: PlatformDataset, asked: Request, roots: Path) -> None:
    (roots / "cats" / "b c&ü.png").write_bytes(DATA)
    url = read_url(dataset, "b c&ü.png", asked)
    assert url.endswith("/b%20c%26%C3%BC.png") and str(roots) not in url
    whole = requests.get(url, headers={"Accept-Encoding": "gzip, deflate, br"}, timeout=10)
    assert whole.content == DATA and "Content-Encoding" not in whole.headers
    assert whole.headers["Content-Type"] == "image/png" and whole.headers["Content-Length"] == str(len(DATA))
    assert whole.headers["X-Content-Type-Options"] == "nosniff" and "no-transform" in whole.headers["Cache-Control"]
    assert whole.headers["Content-Disposition"].startswith("inline") and whole.headers["Accept-Ranges"] == "bytes"
    head = requests.head(url, timeout=10)
    assert (head.status_code, head.content) == (200, b"") and head.headers["Content-Length"] == str(len(DATA))
    for span, expected in (("0-0", DATA[:1]), ("10-99", DATA[10:100]), ("-5", DATA[-5:]), ("1279990-", DATA[1279990:])):
        part = requests.get(url, headers={"Range": f"bytes={span}"}, timeout=10)
        assert (part.status_code, part.content) == (206, expected)
    assert requests.get(url, headers={"Range": "bytes=9999999-"}, timeout=10).status_code == 416
    for method in ("PUT", "POST", "DELETE"):
        assert requests.request(method, url, data=b"x", timeout=10).status_code in (403, 405)
    assert (roots / "cats" / "b c&ü.png").read_bytes() == DATA


def test_what_could_run_in_a_browser_is_saved(dataset: PlatformDataset, asked: Request, roots: Path) -> None:
    for name, kind in {
        "a.html": "attachment", "a.svg": "attachment", "a.xml": "attachment", "a.js": "attachment", "a": "attachment",
        "a.xhtml": "attachment", "a.json.gz": "attachment", "a.jpg": "inline", "a.webp": "inline", "a.json": "inline",
        "a.csv": "inline", "a.pdf": "inline", "a.mp4": "inline",
    }.items():  # fmt: skip
        (roots / "cats" / name).write_bytes(b"<script>alert(1)</script>")
        answer = requests.get(read_url(dataset, name, asked), timeout=10)
        assert answer.headers["Content-Disposition"].startswith(kind), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Content-Encoding" not in answer.headers
        assert ("sandbox" in answer.headers.get("Content-Security-Policy", "")) == (kind == "attachment")


def test_urls_that_were_changed_or_made(dataset: PlatformDataset, asked: Request, server: str) -> None:
    url = read_url(dataset, "a.jpg", asked)
    assert requests.get(url, timeout=10).content == b"a"
    body, _, signature = urlsplit(url).path.split("/")[2].partition(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    other = base64.urlsafe_b64encode(json.dumps({**claims, "key": "../../secret.jpg"}).encode()).decode().rstrip("=")
    for wrong in (f"{other}.{signature}", body, f"{body}.", f"{body}.{signature[:-1]}", f"{body}.{signature}x", "x"):
        answer = requests.get(f"{server}/files/{wrong}/a.jpg", timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), wrong
    for wrong in ("<script>", "a b", "%00", "x" * 8001):
        assert requests.get(f"{server}/files/{wrong}/a.jpg", timeout=10).status_code == 422
    # The name at the end counts for nothing.
    for name in ("a/b/etc", "%2e%2e%2fsecret", "x.html"):
        assert requests.get(f"{server}/files/{body}.{signature}/{name}", timeout=10).content == b"a"
    # What was signed for something else.
    for purpose, more in (("listing cursor", {}), ("file URL", {"until": 1}), ("file URL", {"do": "write", "most": 1})):
        wrong = SignedClaims(purpose).signed({**claims, **more})
        assert requests.get(f"{server}/files/{wrong}/a.jpg", timeout=10).status_code == 403


def test_keys_that_nobody_may_read(dataset: PlatformDataset, asked: Request, roots: Path, server: str) -> None:
    for key in ("../root/cats/a.jpg", "/etc/passwd", "a\0", "", ".", "a//b", "a\nb", "\udc80"):
        with pytest.raises(ApiError):
            read_url(dataset, key, asked)
    os.mkfifo(roots / "cats" / "pipe.jpg")
    (roots / "cats" / "s.jpg").symlink_to(roots.parent / "secret.jpg")
    (roots / "cats" / "closed.jpg").write_bytes(b"x")
    for key in ("pipe.jpg", "s.jpg", "deep", "none.jpg", "a.jpg/b"):
        answer = requests.get(read_url(dataset, key, asked), timeout=10)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), key
    source = source_for(dataset, "INPUT")
    assert source is not None
    claims = {"do": "read", "source": source.id, "key": "../../secret.jpg", "until": time.time() + 9}
    forged = SignedClaims("file URL").signed(claims)  # with the key itself: even then
    assert requests.get(f"{server}/files/{forged}/x", timeout=10).status_code == 404


def test_redirections_last_as_long_as_the_place(
    ann: Any, dataset: PlatformDataset, asked: Request, roots: Path
) -> None:
    url = read_url(dataset, "a.jpg", asked, redirected=True)
    answer = requests.get(url, allow_redirects=False, timeout=10)
    assert answer.status_code == 302 and answer.headers["Cache-Control"] == "no-store"
    assert requests.get(answer.headers["Location"], timeout=10).content == b"a"
    ann.set_local_config(relative_path="cats", thumbnail_suffix=None)
    assert requests.get(url, timeout=10).content == b"a"
    ann.set_local_config(relative_path="lightly")
    assert requests.get(url, timeout=10).status_code == 404
    ann.set_local_config(relative_path="cats")
    ann.delete_dataset_by_id(dataset.id)
    assert requests.get(url, timeout=10).status_code == 404


def test_urls_end(dataset: PlatformDataset, asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_urls, "WEEK", 0)
    assert requests.get(read_url(dataset, "a.jpg", asked), timeout=10).status_code == 403
    monkeypatch.setattr(signed_urls, "HOUR", -1)
    url = file_write_url(dataset, "/nowhere/x", asked, most=10)
    assert requests.put(url, data=b"x", timeout=10).status_code == 403


def test_a_key_that_is_replaced(
    dataset: PlatformDataset, asked: Request, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (home / "secret.key").read_text().strip() if (home / "secret.key").exists() else ""
    url = read_url(dataset, "a.jpg", asked)
    old = old or (home / "secret.key").read_text().strip()
    new = base64.urlsafe_b64encode(b"n" * 32).decode()
    monkeypatch.setenv("WINNOW_SECRET_KEY", f"{new},{old}")
    assert requests.get(url, timeout=10).status_code == 200
    monkeypatch.setenv("WINNOW_SECRET_KEY", new)
    assert requests.get(url, timeout=10).status_code == 403


def test_files_of_runs_and_uploads(dataset: PlatformDataset, asked: Request, tmp_path: Path) -> None:
    place = str(tmp_path / "results" / "em beddings.csv")
    url = file_write_url(dataset, place, asked, most=len(DATA))
    assert requests.put(url, data=DATA + b"x", timeout=10).json()["code"] == "PAYLOAD_TOO_LARGE"

    def pieces(data: bytes) -> Iterator[bytes]:  # without a length
        yield from (data[start : start + 100_000] for start in range(0, len(data), 100_000))

    assert requests.put(url, data=pieces(DATA + b"x"), timeout=10).status_code == 413
    assert not (tmp_path / "results").exists()
    assert requests.put(url, data=pieces(DATA), timeout=10).status_code == 200
    assert Path(place).read_bytes() == DATA
    assert requests.put(url, data=b"again", timeout=10).status_code == 200
    assert requests.get(url, timeout=10).status_code == 403
    read = file_read_url(dataset, place, asked)
    assert requests.get(read, timeout=10).content == b"again" and read.endswith("/em%20beddings.csv")
    assert requests.put(read, data=b"x", timeout=10).status_code == 403
    Path(place).unlink()
    assert requests.get(read, timeout=10).status_code == 404


def test_uploads_may_be_larger_than_requests(dataset: PlatformDataset, asked: Request, tmp_path: Path) -> None:
    url = file_write_url(dataset, str(tmp_path / "x"), asked, most=1 << 30)
    size = (64 << 20) + 1
    with (tmp_path / "large").open("wb") as file:
        file.truncate(size)
    with (tmp_path / "large").open("rb") as file:
        assert requests.put(url, data=file, timeout=60).status_code == 200
    assert (tmp_path / "x").stat().st_size == size


def test_where_this_server_is(asked: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    def of(*headers: tuple[bytes, bytes]) -> str:
        return base_url(Request({"type": "http", "scheme": "http", "path": "/", "headers": list(headers)}))

    assert of((b"host", b"winnow.example:8000")) == "http://winnow.example:8000"
    assert of((b"host", b"[::1]:80")) == "http://[::1]:80"
    for wrong in ((), ((b"host", b""),), ((b"host", b"a/b"),), ((b"host", b'"><script>'),), ((b"host", b"a@b"),)):
        with pytest.raises(ApiError):
            of(*wrong)
    monkeypatch.setenv("WINNOW_PUBLIC_URL", "https://public.example/winnow/")
    assert of() == "https://public.example/winnow"
