"""Listings of a local folder with the real client, and with cursors that nobody has given."""

import base64
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from lightly.openapi_generated.swagger_client.exceptions import ApiException

from resources.catalog.database import catalog_transaction
from resources.catalog.platform_schema import ARTIFACTS, PLATFORM_RUNS, SCHEDULED_RUNS, WORKER_CONFIGS
from resources.platform import listings
from resources.platform.ids import new_id
from resources.platform.users import find_user

Ask = Callable[..., requests.Response]
PICTURES = ["a.jpg", "B/1.PNG", "B/sub dir/ü&=.webp", "c,d.jpeg", "z.tif"]


def write(root: Path, *names: str, seconds: int | None = None) -> None:
    """Files that hold their own name; seconds: when they were changed."""
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
        if seconds is not None:
            os.utime(file, (seconds + 0.7, seconds + 0.7))


@pytest.fixture
def cats(ann: Any, roots: Path) -> Path:
    """The input, with pictures and with what is none; the LIGHTLY place is the folder `lightly`."""
    root = roots / "cats"
    (root / "a.jpg").unlink()
    write(root, *PICTURES)
    write(root, "x.mp4", "x.txt", ".hidden.jpg", ".lightly/thumbnails/a.jpg", "@eaDir/a.jpg", "noextension")
    write(root, "lightly_outputs/a.jpg")
    ann.set_local_config(relative_path="cats", purpose="INPUT")
    ann.set_local_config(relative_path="lightly", purpose="LIGHTLY")
    return root


def test_pictures_and_their_urls(ann: Any, cats: Path) -> None:
    for redirected in (False, True):
        found = ann.download_raw_samples(use_redirected_read_url=redirected)
        assert [name for name, _ in found] == sorted(PICTURES)
        for name, url in found:
            assert "token" not in url
            answer = requests.get(url, timeout=10)
            assert answer.content == name.encode() and bool(answer.history) == redirected
    assert [name for name, _ in ann.download_raw_samples(divide_and_conquer_shards=8)] == sorted(PICTURES)


def test_videos(client: Any, token: str, cats: Path) -> None:
    bob = client(token)
    bob.create_dataset("videos", dataset_type="Videos")
    bob.set_local_config(relative_path="cats")
    assert [name for name, _ in bob.download_raw_samples()] == ["x.mp4"]


def test_of_a_time(ann: Any, cats: Path) -> None:
    write(cats, "a.jpg", seconds=1_000)
    write(cats, "z.tif", seconds=2_000)

    def found(*window: int) -> list[str]:
        return [name for name, _ in ann.download_raw_samples(*window)]

    assert found(1_000, 2_000) == ["a.jpg", "z.tif"] and found(1_001, 1_999) == []
    assert found(1_000, 1_000) == ["a.jpg"] and found(2_000, 2_000) == ["z.tif"]
    assert found(0, 999) == [] and len(found(2_001)) == 3


def test_what_is_new(ann: Any, cats: Path) -> None:
    write(cats, *PICTURES, seconds=1_000)
    assert [name for name, _ in ann.download_new_raw_samples()] == sorted(PICTURES)
    until = ann.get_processed_until_timestamp()
    assert abs(time.time() - until) < 60
    assert ann.download_new_raw_samples() == []
    write(cats, "new.jpg", seconds=ann.get_processed_until_timestamp() + 1)
    time.sleep(max(0.0, ann.get_processed_until_timestamp() + 1.2 - time.time()))
    assert [name for name, _ in ann.download_new_raw_samples()] == ["new.jpg"]


def test_in_pages(ann: Any, cats: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask) -> None:
    names = [f"B/{number:03d}.jpg" for number in range(23)]
    write(cats, *names)
    for size in (1, 7, 28):
        monkeypatch.setattr(listings, "PAGE", size)
        assert [name for name, _ in ann.download_raw_samples()] == sorted(PICTURES + names)
    monkeypatch.setattr(listings, "PAGE", 10)
    path = f"/v1/datasets/{ann.dataset_id}/datasource/list"
    (cursor,) = ask("GET", f"{path}/dnc", params={"from": 0, "dncShards": 3}).json()["cursors"]
    pages = []
    while cursor:
        answer = ask("GET", path, params={"cursor": cursor, "useRedirectedReadUrl": "False"}).json()
        cursor = answer["cursor"]
        assert answer["hasMore"] == bool(cursor)
        pages.append([row["fileName"] for row in answer["data"]])
        write(cats, f"B/{len(pages):03d}-added.jpg")  # behind: listed or not, nothing else is lost or told twice
    assert [len(page) for page in pages[:2]] == [10, 10]
    told = [name for page in pages for name in page]
    assert set(names + PICTURES) <= set(told) and len(set(told)) == len(told)
    monkeypatch.setattr(listings, "SECONDS", -1.0)  # a page ends with its time, too
    assert len(ann.download_raw_samples()) == len(PICTURES + names) + len(pages)


def test_results_of_runs_are_no_input(ann: Any, cats: Path) -> None:
    ann.set_local_config(relative_path="cats")
    write(cats, "runs/2026/a.jpg", "B/runs/b.jpg")
    assert [name for name, _ in ann.download_raw_samples()] == sorted([*PICTURES, "B/runs/b.jpg"])


def test_links(ann: Any, cats: Path, roots: Path, tmp_path: Path) -> None:
    write(roots / "other", "o.jpg")
    (cats / "inside").symlink_to(roots / "other")
    (cats / "outside.jpg").symlink_to(roots.parent / "secret.jpg")
    (cats / "out").symlink_to(roots.parent)
    found = dict(ann.download_raw_samples())
    assert set(found) == {*PICTURES, "inside/o.jpg"}
    assert not any("secret" in name or "outside" in name for name in found)
    assert requests.get(found["inside/o.jpg"], timeout=10).content == b"o.jpg"
    url = found["a.jpg"]
    (cats / "a.jpg").unlink()
    (cats / "a.jpg").symlink_to(roots.parent / "secret.jpg")  # after the URL was made
    assert requests.get(url, timeout=10).status_code == 404


def test_relevant_filenames(ann: Any, cats: Path, roots: Path) -> None:
    file = roots / "lightly" / ".lightly" / "relevant.txt"
    file.parent.mkdir()

    def found(*lines: str, name: str = ".lightly/relevant.txt") -> list[str]:
        file.write_text("\n".join(lines), encoding="utf-8")
        return [name for name, _ in ann.download_raw_samples(relevant_filenames_file_name=name)]

    assert found("z.tif", "none.jpg", "/a.jpg", "") == ["z.tif"]
    assert found("B/*") == ["B/1.PNG", "B/sub dir/ü&=.webp"]
    assert found("B/* sub*", "a.jpg") == ["B/1.PNG", "a.jpg"]
    for fault in (
        lambda: found("a*b"),
        lambda: found("x", name=".lightly/none.txt"),
        lambda: found("", name="../../x"),
    ):
        with pytest.raises(ApiException) as refused:
            fault()
        assert refused.value.status == 422
    file.write_bytes(b"\xff")
    with pytest.raises(ApiException, match="not UTF-8 text") as refused:
        ann.download_raw_samples(relevant_filenames_file_name=".lightly/relevant.txt")
    assert "DATASET_DATASOURCE_RELEVANT_FILENAMES_INVALID" in refused.value.body


def test_predictions_and_metadata(ann: Any, cats: Path, roots: Path, token: str) -> None:
    place = roots / "lightly" / ".lightly"
    write(place, "predictions/tasks.json", "predictions/det/schema.json", "predictions/det/a.json")
    write(place, "predictions/det/B/1.json", "predictions/det/v-007-mp4.json", "predictions/det/a.txt")
    write(place, "predictions/other/a.json", "metadata/schema.json", "metadata/a.json", "metadata/B/1.json")
    of_det = [f".lightly/predictions/det/{name}.json" for name in ("B/1", "a", "v-007-mp4")]
    found = list(ann.download_raw_predictions_iter(task_name="det"))
    assert [name for name, _ in found] == of_det
    assert requests.get(found[0][1], timeout=10).content == b"predictions/det/B/1.json"
    assert [name for name, _ in ann.download_raw_metadata()] == [
        ".lightly/metadata/B/1.json",
        ".lightly/metadata/a.json",
    ]
    write(place, "relevant.txt")
    (place / "relevant.txt").write_text("v.mp4\nB/*\n")
    named = {"relevant_filenames_file_name": ".lightly/relevant.txt"}
    assert [name for name, _ in ann.download_raw_predictions("det", **named)] == [of_det[0], of_det[2]]
    assert [name for name, _ in ann.download_raw_metadata(**named)] == [".lightly/metadata/B/1.json"]
    run, artifact = recorded_artifact(ann.dataset_id, place / "names.txt")
    (place / "names.txt").write_text("a.jpg\n")
    named = {"run_id": run, "relevant_filenames_artifact_id": artifact}
    assert [name for name, _ in ann.download_raw_predictions("det", **named)] == [of_det[1]]
    assert [name for name, _ in ann.download_raw_metadata(**named)] == [".lightly/metadata/a.json"]
    with pytest.raises(ApiException, match="has no artifact 0000"):
        ann.download_raw_metadata(run_id=run, relevant_filenames_artifact_id="0" * 24)
    for url, content in (
        (ann.get_prediction_read_url("det/B/1.json"), b"predictions/det/B/1.json"),
        (ann.get_metadata_read_url("B/1.json"), b"metadata/B/1.json"),
    ):
        assert requests.get(url, timeout=10).content == content
    assert requests.get(ann.get_custom_embedding_read_url("none.csv"), timeout=10).status_code == 404


def recorded_artifact(dataset: str, file: Path) -> tuple[str, str]:
    """Ids of a run of the dataset, and of its relevant filenames."""
    config, scheduled, run, artifact = (new_id() for _ in range(4))
    times = {"created": 1, "changed": 1}
    user = find_user("ann@example.com").id
    with catalog_transaction() as connection:
        connection.execute(WORKER_CONFIGS.insert().values(id=config, user=user, version="V4", config={}, created=1))
        connection.execute(
            SCHEDULED_RUNS.insert().values(
                id=scheduled,
                dataset=dataset,
                config=config,
                user=user,
                priority="MID",
                runs_on=[],
                state="DONE",
                **times,
            )
        )
        connection.execute(
            PLATFORM_RUNS.insert().values(
                id=run, dataset=dataset, scheduled=scheduled, config=config, user=user, state="COMPLETED",
                archived=False, **times,
            )
        )  # fmt: skip
        connection.execute(
            ARTIFACTS.insert().values(
                id=artifact, run=run, type="RELEVANT_FILENAMES", file_name="x", place=str(file), created=1
            )
        )
    return run, artifact


def test_names_that_lead_elsewhere(ann: Any, cats: Path, ask: Ask) -> None:
    path = f"/v1/datasets/{ann.dataset_id}/datasource"
    for name in ("../../a.jpg", "/etc/passwd", "a/../../b", "a//bcd", "./abcd", "abc\0", "ab\ncd", "a/b/.."):
        for kind in ("predictions", "metadata", "embeddings"):
            answer = ask("GET", f"{path}/{kind}/file", params={"fileName": name})
            assert answer.status_code == 422, (name, answer.text)
    for task in ("..", "../metadata", "/a", "a b", "a\0", ""):
        assert ask("GET", f"{path}/predictions/list/dnc", params={"taskName": task}).status_code == 422
    for name, query in (
        ("list/dnc", {"from": -1}),
        ("list/dnc", {"dncShards": 0}),
        ("list/dnc", {"to": "x"}),
        ("list/dnc", {"relevantFilenamesFileName": "abc"}),
        ("predictions/file", {"fileName": "abc"}),
        ("metadata/file", {"fileName": "abcd"}),
        ("metadata/list/dnc", {"relevantFilenamesRunId": "x"}),
    ):
        assert ask("GET", f"{path}/{name}", params=query).status_code == 422, (name, query)


def test_cursors_of_others(ann: Any, cats: Path, ask: Ask, client: Any, token: str) -> None:
    bob = client(token)
    bob.create_dataset("other")
    bob.set_local_config(relative_path="cats")
    path = f"/v1/datasets/{ann.dataset_id}/datasource"
    (cursor,) = ask("GET", f"{path}/list/dnc").json()["cursors"]
    (foreign,) = ask("GET", f"/v1/datasets/{bob.dataset_id}/datasource/list/dnc").json()["cursors"]
    (of_metadata,) = ask("GET", f"{path}/metadata/list/dnc").json()["cursors"]
    body, _, signature = cursor.partition(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**claims, "after": "../"}).encode()).decode().rstrip("=")
    url = ann.download_raw_samples()[0][1]
    of_url = urlsplit(url).path.split("/")[2]
    for wrong in (
        foreign,
        of_metadata,
        of_url,
        f"{changed}.{signature}",
        f"{body}.",
        body,
        ".",
        "x",
        f"{body}.é",
        "a.b.c",
    ):
        answer = ask("GET", f"{path}/list", params={"cursor": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED_REQUEST"), wrong
    assert len(ask("GET", f"{path}/list", params={"cursor": cursor}).json()["data"]) == len(PICTURES)
    assert len(ask("GET", f"{path}/list").json()["data"]) == len(PICTURES)


def test_without_a_datasource(ann: Any, ask: Ask) -> None:
    for path in (
        "list",
        "list/dnc",
        "metadata/list",
        "predictions/list/dnc?taskName=x",
        "metadata/file?fileName=abcde",
    ):
        answer = ask("GET", f"/v1/datasets/{ann.dataset_id}/datasource/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "DATASET_DATASOURCE_UNKNOWN"), path
