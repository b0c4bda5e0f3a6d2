"""Who may ask what: every route, by everybody. A route without a case here fails the first test."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from platform_api.app import PAGES, ROUTERS, build_app
from resources.instance import dagster_instance
from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset, create_dataset, share
from resources.platform.datasources import store_source
from resources.platform.embeddings import add_embedding
from resources.platform.jobs import add_job, finish_job, take_job
from resources.platform.places import place_of
from resources.platform.runs import add_artifacts, artifacts_of, report_state, run_of_scheduled
from resources.platform.samples import NewSample, append_samples, sample_id
from resources.platform.scheduled_runs import begin_run, schedule_run
from resources.platform.tags import INITIAL_TAG, NewTag, create_tag
from resources.platform.users import User, add_user, all_tokens, create_token, revoke_token
from resources.platform.worker_configs import store_worker_config
from resources.platform.workers import register_worker

SELECTION = {"nSamples": 5, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
LOCAL = {"type": "LOCAL", "purpose": "INPUT", "fullPath": "cats"}
CONFIG = {"config": {"workerType": "FULL", "docker": {}, "lightly": {}, "selection": SELECTION}}
PREDICTION = {"type": "CLASSIFICATION", "taskName": "task", "categoryId": 0, "score": 0.5}
METADATA = {"name": "sun", "path": "sun", "defaultValue": 0, "valueDataType": "NUMERIC_INT"}
SIGNED_OR_FOR_ALL = {
    "GET /healthz", "GET /v1/versions/pip/minimum", "GET /v1/versions/pip/latest", "GET /files/{claims}/{name:path}",
    "HEAD /files/{claims}/{name:path}", "PUT /files/{claims}/{name:path}", "POST /login", "GET /static/{name}", "GET /",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """query, body: with which the owner gets an answer. body: names of ids in it are replaced by those of the world.

    lists: what others get is a list without anything of the owner's; own: what everybody makes is their own.
    kept: also for those that the dataset is shared with, this is the owner's alone.
    """

    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    lists: bool = False
    own: bool = False
    kept: bool = False


DATASET = "/v1/datasets/{datasetId}"
SOURCE = f"{DATASET}/datasource"
TAG = f"{DATASET}/tags/{{tagId}}"
EMBEDDING = f"{DATASET}/embeddings/{{embeddingId}}"
SHARDS = {"from": "0", "to": "9", "dncShards": "1"}
OF_CURSOR = {"cursor": "CURSOR"}
CASES = {
    "GET /v1/docker/runs/schedule/{scheduledId}": Case(),
    "GET /v1/docker/runs": Case(lists=True),
    "GET /v1/docker/runs/query/datasetId/{datasetId}": Case(),
    "GET /v1/docker/runs/{runId}": Case(),
    "GET /v1/docker/runs/{runId}/tags": Case(),
    "GET /v1/docker/runs/{runId}/artifacts/{artifactId}/readurl": Case(),
    f"POST {DATASET}/docker/worker/schedule": Case(body={"configId": "config", "runsOn": []}),
    f"GET {DATASET}/docker/worker/schedule": Case(),
    f"PUT {DATASET}/docker/worker/schedule/{{scheduledId}}": Case(),
    "GET /v1/datasets": Case(lists=True),
    "GET /v1/datasets/query/name/{datasetName:path}": Case({"exact": "True"}, lists=True),
    "POST /v1/datasets": Case(body={"name": "of their own", "type": "Images", "creator": "USER_PIP"}, own=True),
    f"GET {DATASET}": Case(),
    f"GET {DATASET}/collaboration/access": Case(),
    f"POST {DATASET}/collaboration/access": Case(
        body={"accessType": "WRITE", "users": ["eve@example.com"], "creator": "USER_PIP"}, kept=True
    ),
    f"PUT {SOURCE}": Case(body=LOCAL),
    f"GET {SOURCE}": Case(),
    f"GET {SOURCE}/verify": Case(),
    f"GET {SOURCE}/processedUntilTimestamp": Case(),
    f"PUT {SOURCE}/processedUntilTimestamp": Case(body={"processedUntilTimestamp": 5}),
    f"GET {SOURCE}/list/dnc": Case(SHARDS),
    f"GET {SOURCE}/list": Case({**OF_CURSOR, "useRedirectedReadUrl": "False"}),
    f"GET {SOURCE}/predictions/list/dnc": Case({**SHARDS, "taskName": "task"}),
    f"GET {SOURCE}/predictions/list": Case({"cursor": "PREDICTIONS", "taskName": "task"}),
    f"GET {SOURCE}/metadata/list/dnc": Case(SHARDS),
    f"GET {SOURCE}/metadata/list": Case({"cursor": "METADATA"}),
    f"GET {SOURCE}/predictions/file": Case({"fileName": "task/a.json"}),
    f"GET {SOURCE}/metadata/file": Case({"fileName": "schema.json"}),
    f"GET {SOURCE}/embeddings/file": Case({"fileName": "e.csv"}),
    **{f"POST /v1/docker/worker/config{each}": Case(body=CONFIG, own=True) for each in ("", "/v2", "/v3", "/vX")},
    "POST /v1/docker/worker": Case(body={"name": "their worker", "labels": []}, own=True),
    "GET /v1/docker/worker": Case(lists=True),
    "DELETE /v1/docker/worker/{workerId}": Case(kept=True),
    f"GET {DATASET}/mappings": Case({"field": "fileName"}),
    f"GET {DATASET}/samples/partial": Case({"mode": "full"}),
    f"PUT {DATASET}/samples/{{sampleId}}": Case(body={"customMetaData": {"sun": 1}}),
    f"GET {DATASET}/samples/{{sampleId}}/readurl": Case({"type": "full"}),
    f"GET {DATASET}/tags": Case(),
    f"GET {TAG}": Case(),
    f"POST {DATASET}/tags": Case(
        body={"name": "new tag", "prevTagId": "initial", "bitMaskData": "0x1", "totSize": 3, "creator": "USER_PIP"}
    ),
    f"POST {DATASET}/tags/arithmetics/bitmask": Case(body={"tagId1": "tag", "tagId2": "initial", "operation": "UNION"}),
    f"POST {TAG}/scores": Case(body={"scoreType": "uncertainty", "scores": [0.5, 0.25]}),
    f"GET {TAG}/export/basic/filenames": Case(),
    f"GET {TAG}/export/LabelStudio/tasks": Case(),
    f"GET {TAG}/export/LabelBox/datarows": Case(),
    f"GET {TAG}/export/LabelBoxV4/datarows": Case(),
    f"GET {DATASET}/embeddings": Case(),
    f"GET {DATASET}/embeddings/writeCSVUrl": Case({"name": "mine"}),
    f"GET {EMBEDDING}/readCSVUrl": Case(),
    f"POST {EMBEDDING}/trigger2dEmbeddingsJob": Case(body={"dimensionalityReductionMethod": "PCA"}),
    f"POST {EMBEDDING}/sampling": Case(
        body={"newTagName": "chosen", "method": "RANDOM", "config": {"stoppingCondition": {"nSamples": 1}}}
    ),
    "GET /v1/jobs/{jobId}": Case(),
    f"GET {EMBEDDING}/2d": Case(),
    f"GET {EMBEDDING}/2d/{{embedding2dId}}": Case(),
    f"POST {DATASET}/predictions/tasks": Case(
        {"predictionUUIDTimestamp": "1"},
        {"name": "task", "type": "CLASSIFICATION", "categories": [{"id": 0, "name": "a"}]},
    ),
    f"POST {DATASET}/predictions/samples/{{sampleId}}": Case({"predictionUUIDTimestamp": "1"}, [PREDICTION]),
    f"POST {DATASET}/configuration/metadata": Case(body={"name": "weather", "configs": [METADATA]}),
    f"DELETE {TAG}": Case(),
    f"DELETE {DATASET}": Case(kept=True),  # last: nothing is left then
}
RANDOM = '{"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}'
FORM = {"selection_config": RANDOM}
PAGE_CASES = {
    "POST /logout": {},
    "GET /jobs": {},
    "POST /datasets/{datasetId}/jobs/{scheduledId}/cancel": {},
    "GET /runs/{runId}/artifacts/{artifactId}": {},
    "GET /datasets/{datasetId}": {},
    "GET /datasets/{datasetId}/jobs": {},
    "POST /datasets/{datasetId}/jobs": FORM,
    "POST /datasets/{datasetId}/check": FORM,
    "GET /datasets/{datasetId}/pictures/{index}": {},
}


@dataclass(frozen=True)
class World:
    ids: dict[str, str]
    tokens: dict[str, str]
    client: TestClient

    def ask(self, route: str, case: Case, token: str | None) -> Response:
        method, _, path = route.partition(" ")
        query = {name: self.ids.get(value, value) for name, value in case.query.items()}
        if token is not None:
            query["token"] = token
        body = case.body
        if isinstance(body, dict):
            body = {
                name: self.ids.get(value, value) if isinstance(value, str) else value for name, value in body.items()
            }
        return self.client.request(method, self.filled(path), params=query, json=body, follow_redirects=False)

    def filled(self, path: str) -> str:
        for name, value in self.ids.items():
            path = path.replace(f"{{{name}}}", value)
        assert "{" not in path, path
        return path


def routes(routers: Any) -> set[str]:
    return {f"{method} {route.path}" for router in routers for route in router.routes for method in route.methods}


@pytest.fixture
def ann(home: Path) -> User:
    return add_user("ann@example.com")


@pytest.fixture
def dataset(ann: User, roots: Path) -> PlatformDataset:
    with dagster_instance() as instance:
        made = create_dataset(instance, ann, "cats", type="Images")
    for purpose, folder in (("INPUT", "cats"), ("LIGHTLY", "lightly")):
        config = {**LOCAL, "purpose": purpose, "fullPath": folder}
        store_source(made, purpose, config, place_of(config), None)
    for name in ("predictions/task/a.json", "metadata/schema.json", "embeddings/e.csv"):
        (roots / "lightly" / ".lightly" / name).parent.mkdir(parents=True, exist_ok=True)
        (roots / "lightly" / ".lightly" / name).write_text("{}", encoding="utf-8")
    append_samples(made.id, [NewSample(f"{name}.jpg", size=1) for name in "abc"])
    return made


@pytest.fixture
def world(ann: User, dataset: PlatformDataset, tmp_path: Path) -> Iterator[World]:
    add_user("bob@example.com")
    tokens = {name: create_token(f"{name}@example.com") for name in ("ann", "bob")}
    revoked = create_token("ann@example.com")
    revoke_token(next(each.id for each in all_tokens() if each.ending == revoked[-4:]))
    initial = create_tag(dataset.id, NewTag(INITIAL_TAG, BitMask.full(3), 3))
    tag = create_tag(dataset.id, NewTag("two", BitMask.of_indices([0, 2]), 3, previous=initial.id))
    config = store_worker_config(ann, "V4", {"worker_config": {}, "selection_config": None, "lightly_config": None})
    scheduled = schedule_run(ann, dataset.id, config, "MID", [])
    begin_run(scheduled, "dagster-run")
    run = run_of_scheduled(scheduled)
    assert run is not None
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    add_artifacts(run.id, [("REPORT_PDF", "report.pdf", str(tmp_path / "report.pdf"))])
    report_state(scheduled, "COMPLETED", "good")
    (tmp_path / "e.csv").write_text("filenames,embedding_0,labels\na.jpg,1,0\nb.jpg,2,0\nc.jpg,3,0\n", encoding="utf-8")
    embedding = add_embedding(dataset.id, "default_1", str(tmp_path / "e.csv"))
    view = add_job(dataset.id, "EMBEDDINGS2D", {"embedding": embedding.id, "method": "TSNE"})
    (tmp_path / "2d.csv").write_text("filenames,x,y\na.jpg,1,0\n", encoding="utf-8")
    taken = take_job(view.id)
    assert taken is not None
    finish_job(taken, str(tmp_path / "2d.csv"))
    ids = {
        "datasetId": dataset.id, "datasetName:path": "cats", "tagId": tag.id, "tag": tag.id, "initial": initial.id,
        "sampleId": sample_id(dataset.id, 0), "scheduledId": scheduled, "runId": run.id,
        "artifactId": artifacts_of([run.id])[run.id][0].id, "workerId": register_worker(ann, "mine", "FULL", [], None),
        "embeddingId": embedding.id, "embedding2dId": view.id, "jobId": view.id, "config": config, "index": "0",
    }  # fmt: skip
    with TestClient(build_app(), base_url="http://127.0.0.1") as client:
        made = World(ids, {**tokens, "revoked": revoked}, client)
        for name, kind in (("CURSOR", ""), ("PREDICTIONS", "/predictions"), ("METADATA", "/metadata")):
            case = Case({**SHARDS, "taskName": "task"} if kind == "/predictions" else SHARDS)
            ids[name] = made.ask(f"GET {SOURCE}{kind}/list/dnc", case, tokens["ann"]).json()["cursors"][0]
        yield made


def test_every_route_has_a_case() -> None:
    assert routes(ROUTERS) | routes(PAGES) == {*CASES, *PAGE_CASES, *SIGNED_OR_FOR_ALL}


def test_nobody_gets_in_without_a_valid_token(world: World) -> None:
    for route, case in CASES.items():
        for token in (None, "", "x" * 43, world.tokens["revoked"], world.tokens["ann"][:-1]):
            answer = world.ask(route, case, token)
            assert answer.status_code == 401, (route, token)
            assert answer.json() == {
                "code": "UNAUTHORIZED",
                "error": "the token is missing, unknown or revoked; set LIGHTLY_TOKEN",
            }


def test_others_do_not_learn_that_it_exists(world: World) -> None:
    told = {world.ids[name] for name in ("datasetId", "runId", "scheduledId", "workerId", "tagId", "embeddingId")}
    for route, case in CASES.items():
        answer = world.ask(route, case, world.tokens["bob"])
        if case.own or case.lists:
            assert answer.status_code in (200, 201), (route, answer.text)
            assert not any(id in answer.text for id in told) and "cats" not in answer.text, route
        else:
            assert answer.status_code == 404, (route, answer.text)
            assert answer.json()["code"].endswith("_UNKNOWN"), (route, answer.text)


def test_those_that_it_is_shared_with_see_it(world: World, dataset: PlatformDataset) -> None:
    share(dataset, ["bob@example.com"])
    for route, case in CASES.items():
        answer = world.ask(route, case, world.tokens["bob"])
        if case.kept:
            assert answer.status_code in (403, 404), (route, answer.text)
        elif route == f"POST {DATASET}/docker/worker/schedule":
            assert answer.json()["code"] == "DOCKER_WORKER_CONFIG_UNKNOWN"  # the config is the owner's
        else:
            assert answer.status_code < 300, (route, answer.text)


def test_the_owner_gets_every_answer(world: World) -> None:
    """Else the other tests would say nothing."""
    for route, case in CASES.items():
        answer = world.ask(route, case, world.tokens["ann"])
        assert answer.status_code < 300, (route, answer.text)


def test_the_pages_know_their_visitors(world: World) -> None:
    def ask(route: str, fields: dict[str, str], form: str) -> Response:
        method, _, path = route.partition(" ")
        data = {**fields, "form": form} if method == "POST" else None
        return world.client.request(method, world.filled(path), data=data, follow_redirects=False)

    for route, fields in PAGE_CASES.items():
        answer = ask(route, fields, "")
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), route
    world.client.post("/login", data={"token": world.tokens["bob"]}, follow_redirects=False)
    form = world.client.get("/").text.partition('name="form" value="')[2].partition('"')[0]
    for route, fields in PAGE_CASES.items():
        if route not in ("POST /logout", "GET /jobs"):
            answer = ask(route, fields, form)
            assert answer.status_code == 404 and "cats" not in answer.text, route
    assert "cats" not in ask("GET /jobs", {}, "").text
    world.client.post("/login", data={"token": world.tokens["ann"]}, follow_redirects=False)
    assert ask("POST /logout", {}, form).status_code == 403  # a form of another session
    form = world.client.get("/").text.partition('name="form" value="')[2].partition('"')[0]
    for route, fields in reversed(PAGE_CASES.items()):  # logging out is the last
        assert ask(route, fields, form).status_code in (200, 303), route


def test_what_is_for_all_tells_nothing(world: World) -> None:
    assert world.client.get("/healthz").json() == {"status": "ok"}
    for method in ("GET", "HEAD", "PUT"):
        answer = world.client.request(method, "/files/e30.AAAA/a.jpg")
        assert answer.status_code == 403
    for path in ("/openapi.json", "/docs", "/redoc", "/v1", "/v1/users"):
        assert world.client.get(path).status_code == 404
