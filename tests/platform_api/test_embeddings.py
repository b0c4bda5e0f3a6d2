"""Embeddings up and down, and the deprecated selection on the server, by the real client."""

import csv
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from platform_api.routes import embeddings as routes
from resources.platform.bit_masks import BitMask
from resources.platform.embeddings import add_embedding
from resources.platform.jobs import Job, fail_job, finish_sampling, take_job, waiting_jobs
from resources.platform.tags import NewTag, create_tag, find_tag
from tests.platform_api.conftest import Client
from tests.platform_api.file_server import file_server
from tests.platform_api.filled import filled

Ask = Callable[..., requests.Response]
UNKNOWN = "0123456789abcdef01234567"


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What was uploaded, by place; addresses are stubs of those that the server signs."""
    stored: dict[str, bytes] = {}
    with file_server(stored) as address:
        monkeypatch.setattr(routes, "file_read_url", lambda _, place, __: f"{address}{place}")
        monkeypatch.setattr(routes, "file_write_url", lambda _, place, __, **___: f"{address}{place}")
        monkeypatch.setattr("resources.platform.embeddings.Embedding.is_there", lambda each: each.place in stored)
        yield stored


def written(path: Path, order: list[int], value: float = 0.0) -> str:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["filenames", "embedding_0", "embedding_1", "labels"])
        writer.writerows([f"folder/{i}.png", i + value, 0.5, 0] for i in order)
    return str(path)


def test_embeddings_go_up_and_come_down(client: Client, token: str, tmp_path: Path, files: dict[str, bytes]) -> None:
    ann = client(token)
    id = filled(ann, "cats", 4)
    with pytest.raises(RuntimeError, match="Could not find embeddings"):
        ann.download_embeddings_csv(str(tmp_path / "down.csv"))
    ann.upload_embeddings(written(tmp_path / "up.csv", [2, 0, 3, 1]), "default_mine")
    found = ann.get_embedding_data_by_name("default_mine")
    assert found.is_processed and not found.is2d and ann.get_embedding_by_name("default").id == found.id
    ann.download_embeddings_csv(str(tmp_path / "down.csv"))
    rows = list(csv.reader((tmp_path / "down.csv").open()))
    assert rows[0] == ["filenames", "embedding_0", "embedding_1", "labels"]
    assert [row[0] for row in rows[1:]] == [f"folder/{i}.png" for i in range(4)]  # in the server's order
    asked = [(job.dataset, job.kind, job.asked) for job in waiting_jobs()]
    methods = [{"embedding": found.id, "method": method} for method in ("PCA", "TSNE", "UMAP")]
    assert sorted(asked, key=str) == [(id, "EMBEDDINGS2D", each) for each in methods]
    ann.append_embeddings(written(tmp_path / "more.csv", [1], 100.0), found.id)
    appended = {row[0]: row[1] for row in csv.reader((tmp_path / "more.csv").open()) if row[0] != "filenames"}
    assert appended == {"folder/0.png": "0.0", "folder/1.png": "101.0", "folder/2.png": "2.0", "folder/3.png": "3.0"}
    ann.upload_embeddings(written(tmp_path / "up.csv", [0, 1, 2, 3]), "default_mine")  # merged, under a later name
    ann.set_embedding_id_to_latest()
    names = [each.name for each in ann.get_all_embedding_data()]
    assert len(names) == 2 and names[0].startswith("default_mine_") and names[1] == "default_mine"
    assert ann.embedding_id != found.id


def test_an_upload_that_never_came(
    client: Client, token: str, other_token: str, ask: Ask, files: dict[str, bytes]
) -> None:
    ann, bob = client(token), client(other_token)
    id = filled(ann, "cats")
    made = ask("GET", f"/v1/datasets/{id}/embeddings/writeCSVUrl", params={"name": "mine"}).json()
    assert set(made) == {"signedWriteUrl", "embeddingId"} and ann.get_all_embedding_data() == []
    path = f"/v1/datasets/{id}/embeddings"
    answer = ask("GET", f"{path}/{made['embeddingId']}/readCSVUrl")
    assert (answer.status_code, answer.json()["code"]) == (404, "EMBEDDING_NOT_READY")
    assert ask("GET", f"{path}/{UNKNOWN}/readCSVUrl").json()["code"] == "EMBEDDING_UNKNOWN"
    for name in ("", "a\nb", "\0", "x" * 256):
        assert ask("GET", f"{path}/writeCSVUrl", params={"name": name}).status_code == 422
    theirs = add_embedding(filled(bob, "dogs"), "default", "/x.csv")
    assert ask("GET", f"{path}/{theirs.id}/readCSVUrl").json()["code"] == "EMBEDDING_UNKNOWN"


def do_jobs(stop: threading.Event, do: Callable[[Job], object]) -> None:
    while not stop.is_set():
        for job in waiting_jobs():
            taken = take_job(job.id)
            if taken:
                do(taken)
        time.sleep(0.02)


@pytest.mark.parametrize("method", ["CORESET", "RANDOM", "CORAL", "ACTIVE_LEARNING"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_selection_on_the_server(client: Client, token: str, files: dict[str, bytes], method: str) -> None:
    from lightly.active_learning.config import SelectionConfig

    ann = client(token)
    id = filled(ann, "cats")
    files["/x.csv"] = b""
    add_embedding(id, "default", "/x.csv")
    query = create_tag(id, NewTag("query", BitMask.of_hex("0xff"), 12))
    kept = create_tag(id, NewTag("kept", BitMask.of_hex("0x1"), 12))
    ann.upload_scores({"margin": [float(i) for i in range(8)]}, query.id)
    taken: list[Job] = []

    def do(job: Job) -> None:
        taken.append(job)
        finish_sampling(job, BitMask.of_hex("0x7"), 12)

    stop = threading.Event()
    worker = threading.Thread(target=do_jobs, args=(stop, do))
    worker.start()
    try:
        tag = ann.selection(SelectionConfig(method=method, n_samples=3, name="chosen"), kept.id, query.id)
    finally:
        stop.set()
        worker.join()
    assert (tag.name, tag.bit_mask_data, tag.prev_tag_id, tag.preselected_tag_id) == (
        "chosen",
        "0x7",
        query.id,
        kept.id,
    )
    made = find_tag(id, tag.id)
    assert made and made.creator == f"SAMPLER_{method}"
    needs = method in ("CORAL", "ACTIVE_LEARNING")
    assert (taken[0].asked["nSamples"], taken[0].asked["scoreType"]) == (3, "margin" if needs else None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_selection_that_fails(
    client: Client, token: str, other_token: str, ask: Ask, files: dict[str, bytes]
) -> None:
    from lightly.active_learning.config import SelectionConfig

    ann, bob = client(token), client(other_token)
    id = filled(ann, "cats")
    files["/x.csv"] = b""
    embedding = add_embedding(id, "default", "/x.csv").id
    stop = threading.Event()
    worker = threading.Thread(target=do_jobs, args=(stop, lambda job: fail_job(job, "no such rows")))
    worker.start()
    try:
        with pytest.raises(RuntimeError, match="failed with error no such rows"):
            ann.selection(SelectionConfig(n_samples=3, name="chosen"))
    finally:
        stop.set()
        worker.join()
    path = f"/v1/datasets/{id}/embeddings/{embedding}/sampling"
    good = {"newTagName": "more", "method": "CORESET", "config": {"stoppingCondition": {"nSamples": 3}}}
    job = ask("POST", path, json=good)
    assert job.status_code == 200 and ask("POST", path, json=good).json() == job.json()
    assert ask("GET", f"/v1/jobs/{job.json()['jobId']}").json()["status"] == "WAITING"
    with pytest.raises(Exception, match="there is no job"):
        bob._jobs_api.get_job_status_by_id(job_id=job.json()["jobId"])
    for change, status, code in (
        ({"newTagName": "initial-tag"}, 409, "TAG_NAME_EXISTS"),
        ({"method": "CORAL"}, 422, "TAG_NO_SCORES_AVAILABLE"),
        ({"queryTagId": UNKNOWN}, 422, "TAG_QUERYTAG_NOT_IN_DATASET"),
        ({"preselectedTagId": UNKNOWN}, 422, "TAG_PRESELECTEDTAG_NOT_IN_DATASET"),
        ({"config": {"stoppingCondition": {"nSamples": -1, "minDistance": -1}}}, 422, "BAD_REQUEST"),
        ({"config": {}}, 422, "BAD_REQUEST"),
        ({"config": {"stoppingCondition": {"minDistance": 1e300}}}, 422, "MALFORMED_REQUEST"),
        ({"method": "OTHER"}, 422, "MALFORMED_REQUEST"),
        ({"newTagName": "a\nb"}, 422, "MALFORMED_REQUEST"),
    ):
        answer = ask("POST", path, json=good | change)
        assert (answer.status_code, answer.json()["code"]) == (status, code), change
    for id_, status in ((UNKNOWN, 404), ("XYZ", 422)):
        assert ask("GET", f"/v1/jobs/{id_}").status_code == status
