"""The pages for people, as a browser without scripts sees them."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from platform_api.site import words
from platform_api.site.login_limit import TRIES
from platform_api.site.routes import login
from platform_api.site.shown_jobs import STATES
from resources.platform.bit_masks import BitMask
from resources.platform.runs import add_artifacts, report_state, run_of_scheduled
from resources.platform.samples import NewSample, append_samples
from resources.platform.scheduled_runs import begin_run, find_scheduled_run, scheduled_runs
from resources.platform.tags import INITIAL_TAG, NewTag, create_tag
from resources.platform.users import all_tokens, revoke_token
from tests.platform_api.filled import filled

SELECTION = {"n_samples": 5, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
MARKUP = "<img src=x onerror=alert(1)>"


class Visitor:
    """A session of a browser."""

    def __init__(self, server: str, token: str) -> None:
        self.server, self.session = server, requests.Session()
        self.login = self.post("/login", token=token)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(f"{self.server}{path}", timeout=30, **options)

    def post(self, path: str, **fields: str) -> requests.Response:
        return self.session.post(f"{self.server}{path}", data=fields, timeout=30, allow_redirects=False)

    @property
    def form(self) -> str:
        found = re.search(r'name="form" value="([^"]+)"', self.get("/").text)
        assert found is not None
        return unescape(found[1])


@pytest.fixture(autouse=True)
def no_earlier_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "LIMIT", login.LoginLimit())


@pytest.fixture
def ann(server: str, token: str) -> Visitor:
    return Visitor(server, token)


def job(client: Any, **options: Any) -> str:
    return str(client.schedule_compute_worker_run(worker_config={}, selection_config=SELECTION, **options))


@pytest.fixture
def dataset(client: Callable[[str], Any], token: str, roots: Path) -> Any:
    """The client, whose dataset `cats` has twelve samples."""
    found = client(token)
    filled(found, "cats")
    found.set_local_config(relative_path="cats", purpose="INPUT")
    return found


def test_nobody_gets_in_without_a_token(server: str, token: str) -> None:
    stranger = requests.Session()
    first = stranger.get(server, timeout=30)
    assert first.status_code == 200 and "Log in" in first.text and "Log out" not in first.text
    for path in ("/jobs", "/datasets/" + "a" * 24, "/runs/" + "a" * 24 + "/artifacts/" + "b" * 24):
        answer = stranger.get(f"{server}{path}", timeout=30, allow_redirects=False)
        assert (answer.status_code, answer.headers["location"], answer.text) == (303, "/", "")
    for wrong in ("", "x" * 43, token[:-1], f"{token}x"):
        answer = Visitor(server, wrong).login
        assert answer.status_code == 401 and "unknown or revoked" in answer.text and "set-cookie" not in answer.headers


def test_the_cookie_holds_no_token_and_ends_with_it(ann: Visitor, token: str) -> None:
    assert ann.login.status_code == 303
    said = ann.login.headers["set-cookie"]
    assert token not in said and "HttpOnly" in said and "SameSite=strict" in said and "Secure" not in said
    assert "ann@example.com" in ann.get("/").text
    value = ann.session.cookies["winnow_session"]
    for forged in (value[:-1] + ("A" if value[-1] != "A" else "B"), "a.b", "é"):
        answer = requests.get(ann.server, cookies={"winnow_session": forged.encode().decode("latin-1")}, timeout=30)
        assert "Log out" not in answer.text
    revoke_token(all_tokens()[0].id)
    assert "Log out" not in ann.get("/").text
    assert ann.get("/jobs", allow_redirects=False).status_code == 303


def test_over_https_the_cookie_stays_there(server: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_PUBLIC_URL", "https://winnow.example.com")
    assert "Secure" in Visitor(server, token).login.headers["set-cookie"]


def test_logging_out(ann: Visitor) -> None:
    assert ann.post("/logout").status_code == 403  # from another site
    assert ann.post("/logout", form=ann.form).status_code == 303
    assert "Log in" in ann.get("/").text


def test_guessing_is_slowed_down(server: str, token: str) -> None:
    for _ in range(TRIES):
        assert Visitor(server, "wrong").login.status_code == 401
    refused = Visitor(server, token).login
    assert refused.status_code == 429 and "Wait for 60 seconds" in refused.text


def test_headers_let_nothing_foreign_in(ann: Visitor, dataset: Any) -> None:
    for path in ("/", "/jobs", f"/datasets/{dataset.dataset_id}", "/datasets/" + "a" * 24):
        headers = ann.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")
        assert headers["referrer-policy"] == "no-referrer"
    for name, kind in (("site.css", "text/css"), ("site.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        assert ann.get(f"/static/{name}").headers["content-type"].startswith(kind)
    for name in ("..%2f..%2fapp.py", "base.html", "%00"):
        assert ann.get(f"/static/{name}").status_code == 404


def test_jobs_and_how_they_end(ann: Visitor, dataset: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WINNOW_UI_URL", "http://dagster:3000/")
    dataset.register_compute_worker(name="worker", labels=["gpu"])
    working, done, waits = job(dataset), job(dataset), job(dataset, runs_on=["gpu"], priority="HIGH")
    begin_run(working, "run-1")
    report_state(working, "EMBEDDING", f"Embedding {MARKUP}")
    begin_run(done, "run-2")
    (tmp_path / "report.pdf").write_bytes(b"%PDF of the run")
    record = run_of_scheduled(done)
    assert record is not None
    add_artifacts(record.id, [("REPORT_PDF", "report.pdf", str(tmp_path / "report.pdf")), ("OTHER", "x", "/x")])
    report_state(done, "COMPLETED", "The run has ended well.")
    text = ann.get("/").text
    assert MARKUP not in text and "Embedding &lt;img src=x onerror=alert(1)&gt;" in text
    assert f'<progress value="{STATES.index("EMBEDDING") + 1}" max="{len(STATES) + 1}"' in text
    assert "Waits on a worker with gpu; priority high." in text
    assert 'href="http://dagster:3000/runs/run-1"' in text and 'href="http://dagster:3000/runs/run-2"' in text
    assert [text.index(word) for word in ("Embedding &lt;", "Waits on", "ended well")] == sorted(
        text.index(word) for word in ("Embedding &lt;", "Waits on", "ended well")
    )
    (link,) = re.findall(r'href="(/runs/[^"]+)">report<', text)
    assert ann.get(link).content == b"%PDF of the run"
    assert "Embedding &lt;" in ann.get("/jobs").text and "<html" not in ann.get("/jobs").text
    cancel = f"/datasets/{dataset.dataset_id}/jobs/{waits}/cancel"
    assert ann.post(cancel).status_code == 403
    assert ann.post(cancel, form=ann.form).headers["location"] == "/"
    found = find_scheduled_run(dataset.dataset_id, waits)
    assert found is not None and found.state == "CANCELED" and "Waits on" not in ann.get("/jobs").text


def test_a_dataset_with_its_tags_and_pictures(ann: Visitor, client: Any, token: str, roots: Path) -> None:
    mine = client(token)
    mine.create_dataset("my cats")
    id = mine.dataset_id
    names = [*(f"{number:03}.jpg" for number in range(60)), f"{MARKUP}.jpg"]
    for name in names:
        (roots / "cats" / name).write_bytes(name.encode())
    append_samples(id, [NewSample(name, size=1000, more={}) for name in names])
    create_tag(id, NewTag(INITIAL_TAG, BitMask.full(61), 61))
    mine.set_local_config(relative_path="cats", purpose="INPUT")
    text = ann.get(f"/datasets/{id}").text
    assert "61 (61.0 kB)" in text and "LOCAL" in text and '<bdi class="place">cats</bdi>' in text
    assert "page 1 of 2" in text and text.count('loading="lazy"') == 48
    last = ann.get(f"/datasets/{id}?page=2").text
    assert (
        MARKUP not in last and "&lt;img src=x onerror=alert(1)&gt;.jpg" in last and last.count('loading="lazy"') == 13
    )
    assert ann.get(f"/datasets/{id}?page=99").text.count('loading="lazy"') == 13
    assert ann.get(f"/datasets/{id}/pictures/3").content == b"003.jpg"
    assert ann.get(f"/datasets/{id}/pictures/60").content == f"{MARKUP}.jpg".encode()
    assert ann.get(f"/datasets/{id}/pictures/61").status_code == 404
    mine.create_tag_from_filenames(["001.jpg", "005.jpg"], new_tag_name="two")
    tag = mine.get_tag_by_name("two").id
    assert ann.get(f"/datasets/{id}?tag={tag}").text.count('loading="lazy"') == 2


def test_thumbnails_are_preferred(ann: Visitor, dataset: Any, roots: Path) -> None:
    dataset.set_local_config(relative_path="lightly", purpose="LIGHTLY")
    (roots / "lightly" / "t.jpg").write_bytes(b"small")
    (roots / "cats" / "a.jpg").write_bytes(b"full")
    append_samples(dataset.dataset_id, [NewSample("a.jpg", more={"thumbName": "t.jpg"})])
    place = f"/datasets/{dataset.dataset_id}/pictures/12"
    assert (ann.get(place).content, ann.get(f"{place}?full").content) == (b"small", b"full")


def test_a_run_is_scheduled_from_what_is_typed(ann: Visitor, dataset: Any) -> None:
    place = f"/datasets/{dataset.dataset_id}"
    fields = {
        "form": ann.form,
        "worker_config": "",
        "selection_config": json.dumps(SELECTION),
        "lightly_config": " {} ",
    }
    does = ann.post(f"{place}/check", **fields).json()["does"]
    assert does[1:] == [
        "Embedded with the built-in model, without training",
        "Selects 5 samples by EMBEDDINGS × DIVERSITY",
    ]
    assert does[0].startswith("New files of ") and does[0].endswith("/cats")
    wrong = {
        "{": "worker_config, line 1, column 2: ",
        "[]": "worker_config: write a dictionary",
        '{"a": NaN}': "worker_config: is no JSON that can be read",
        '{"enable_trainin": true}': "worker_config.enable_trainin does not exist",
        "[" * 100_000: "worker_config: is no JSON that can be read",
    }
    for typed, said in wrong.items():
        assert said in ann.post(f"{place}/check", **{**fields, "worker_config": typed}).json()["error"]
    refused = ann.post(f"{place}/jobs", **{**fields, "worker_config": f'{{"{MARKUP}": 1}}'})
    assert refused.status_code == 422 and MARKUP not in refused.text and "does not exist" in refused.text
    assert "&#34;n_samples&#34;: 5" in refused.text  # what was typed is still there
    assert ann.post(f"{place}/jobs", **{**fields, "priority": "NOW"}).status_code == 422
    assert ann.post(f"{place}/jobs", **{**fields, "form": ""}).status_code == 403
    assert scheduled_runs(dataset.dataset_id) == []
    done = ann.post(f"{place}/jobs", **fields, priority="HIGH", runs_on=" gpu, big ,")
    assert (done.status_code, done.headers["location"]) == (303, f"{place}#jobs")
    (made,) = scheduled_runs(dataset.dataset_id)
    assert (made.priority, made.runs_on) == ("HIGH", ["big", "gpu"])


def test_others_see_nothing_of_it(ann: Visitor, dataset: Any, server: str, other_token: str, token: str) -> None:
    scheduled = job(dataset)
    bob, place = Visitor(server, other_token), f"/datasets/{dataset.dataset_id}"
    assert "cats" not in bob.get("/").text and "cats" not in bob.get("/jobs").text
    for path in ("", "/jobs", "/pictures/0"):
        answer = bob.get(place + path)
        assert answer.status_code == 404 and "cats" not in answer.text
    assert bob.post(f"{place}/jobs/{scheduled}/cancel", form=bob.form).status_code == 404
    assert bob.post(f"{place}/jobs", form=bob.form).status_code == 404
    assert bob.post(f"{place}/check", form=ann.form).status_code == 403  # a form of another session
    dataset.share_dataset_only_with(dataset.dataset_id, ["bob@example.com"])
    text = bob.get("/").text
    assert "cats" in text and "shared with you" in text
    assert "Shared with" not in bob.get(place).text and "bob@example.com" in ann.get(place).text


def test_forms_have_limits(ann: Visitor, dataset: Any) -> None:
    many = {f"f{number}": "1" for number in range(30)}
    assert ann.post("/login", **many).status_code == 400
    assert ann.post("/login", token="x" * (1 << 20)).status_code == 413
    answer = ann.session.post(f"{ann.server}/login", data=b"token=%ff\xff", timeout=30)
    assert answer.status_code in (400, 401) and "Traceback" not in answer.text


def test_words() -> None:
    from datetime import UTC, datetime, timedelta

    now = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)
    for seconds, said in {
        0: "just now", 59: "just now", 60: "1 minute ago", 7199: "1 hour ago", 7200: "2 hours ago", 86_400: "1 day ago",
        864_000: "10 days ago", -5: "just now",
    }.items():  # fmt: skip
        at = int((now - timedelta(seconds=seconds)).timestamp() * 1000)
        assert words.ago(at, now) == said
    assert words.exact(int(now.timestamp() * 1000)) == "2026-11-27 12:00:00 UTC"
    sizes = {0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 12_345_678: "12.3 MB", 10**16: "10000.0 TB"}
    assert {number: words.size(number) for number in sizes} == sizes
