"""Jobs that refer to other runs and datasets, by the real client: who may, and what must be there."""

from pathlib import Path
from typing import Any

import pytest
from lightly.openapi_generated.swagger_client.exceptions import ApiException

from resources.dataset_settings import store_settings
from resources.instance import dagster_instance
from resources.platform.bit_masks import BitMask
from resources.platform.embeddings import add_embedding
from resources.platform.runs import add_artifacts, runs_at_work
from resources.platform.scheduled_runs import begin_run
from resources.platform.tags import NewTag, create_tag
from selection_assets.platform_jobs import jobs_tick
from tests.platform_api.conftest import Client
from tests.platform_api.filled import filled

SELECTION = {"n_samples": 5, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
UNKNOWN = "0123456789abcdef01234567"


@pytest.fixture
def ann(client: Client, token: str, tmp_path: Path) -> Any:
    """The client, whose dataset is `cats`; it has an input and a LIGHTLY place."""
    found = client(token)
    found.create_dataset("cats")
    _lies_at("cats", tmp_path)
    return found


@pytest.fixture
def bob(client: Client, other_token: str, tmp_path: Path) -> Any:
    """Another user, whose dataset `dogs` has samples and places."""
    found = client(other_token)
    filled(found, "dogs", 4)
    _lies_at("dogs", tmp_path)
    return found


def _lies_at(key: str, tmp_path: Path) -> None:
    for name in ("input", "lightly"):
        (tmp_path / key / name).mkdir(parents=True)
    places = {"input_dir": str(tmp_path / key / "input"), "shared_dir": str(tmp_path / key / "lightly")}
    store_settings(key, {"datasource": places})


def refused(ann: Any, worker: dict[str, Any], selection: dict[str, Any] = SELECTION) -> str:
    with pytest.raises(ApiException) as error:
        ann.schedule_compute_worker_run(worker, selection_config=selection)
    assert error.value.status == 400
    return str(error.value.body)


def told(ann: Any, worker: dict[str, Any], selection: dict[str, Any] = SELECTION) -> dict[str, Any]:
    """What the run of the job that is scheduled would be told, by stage."""
    id = ann.schedule_compute_worker_run(worker, selection_config=selection)
    with dagster_instance() as instance:
        (request,) = [each for each in jobs_tick(instance) if each.run_key == id]
    return {stage: fields["config"] for stage, fields in request.run_config["ops"].items()}


def run_of(client: Any) -> str:
    begin_run(client.schedule_compute_worker_run({}, selection_config=SELECTION), "run-1")
    return str(client.get_compute_worker_runs()[-1].id)


def test_the_model_of_a_run(ann: Any, bob: Any) -> None:
    mine, theirs = run_of(ann), run_of(bob)
    add_artifacts(mine, [("CHECKPOINT", "lightly_epoch_1.ckpt", "/a.ckpt")])
    add_artifacts(theirs, [("CHECKPOINT", "lightly_epoch_1.ckpt", "/b.ckpt")])
    assert told(ann, {"checkpoint_run_id": mine})["checkpoint"] == {"checkpoint_run_id": mine}
    for id in (theirs, UNKNOWN):  # as if it were not there
        assert f"checkpoint_run_id={id}: there is no such run; give the id of one of yours" in refused(
            ann, {"checkpoint_run_id": id}
        )
    bob.share_dataset_only_with(dataset_id=bob.dataset_id, user_emails=["ann@example.com"])
    assert told(ann, {"checkpoint_run_id": theirs})["checkpoint"] == {"checkpoint_run_id": theirs}
    without = run_of(ann)
    assert "has left no checkpoint" in refused(ann, {"checkpoint_run_id": without})
    both = refused(ann, {"checkpoint_run_id": mine, "checkpoint": "a.ckpt"})
    assert "checkpoint and checkpoint_run_id exclude each other" in both


def test_what_is_not_shared_any_more_when_the_run_begins(ann: Any, bob: Any) -> None:
    theirs = run_of(bob)
    add_artifacts(theirs, [("CHECKPOINT", "lightly_epoch_1.ckpt", "/b.ckpt")])
    bob.share_dataset_only_with(dataset_id=bob.dataset_id, user_emails=["ann@example.com"])
    ann.schedule_compute_worker_run({"checkpoint_run_id": theirs}, selection_config=SELECTION)
    bob.share_dataset_only_with(dataset_id=bob.dataset_id, user_emails=[])
    with dagster_instance() as instance:
        assert jobs_tick(instance) == []
    (run,) = ann.get_compute_worker_runs()
    assert (run.state, run.message) == (
        "FAILED",
        f"checkpoint_run_id={theirs}: there is no such run; give the id of one of yours",
    )


def test_the_datapool_of_a_dataset(ann: Any, bob: Any, ask: Any) -> None:
    assert told(ann, {"use_datapool": True})["datapool"] == {"name": "datapool"}
    assert told(ann, {"use_datapool": False})["datapool"] == {}
    assert "enable_training and use_datapool exclude each other" in refused(
        ann, {"use_datapool": True, "enable_training": True}
    )
    store_settings("cats", {"datasource": {"input_dir": "/pictures"}})
    assert "use_datapool: dataset cats has no datasource with purpose LIGHTLY" in refused(ann, {"use_datapool": True})

    def old(worker: dict[str, Any]) -> Any:
        """As old clients send it, whose config is free."""
        body = {"config": {"workerType": "FULL", "docker": worker, "lightly": None, "selection": SELECTION}}
        made = ask("POST", "/v1/docker/worker/config", json=body)
        assert made.status_code == 201, made.text
        return ask(
            "POST",
            f"/v1/datasets/{ann.dataset_id}/docker/worker/schedule",
            json={"configId": made.json()["id"], "priority": "MID", "runsOn": [], "creator": "USER_PIP"},
        )

    theirs = bob.dataset_id
    assert "there is no such dataset" in old({"datapool": {"dataset_id": theirs}}).json()["error"]
    bob.share_dataset_only_with(dataset_id=theirs, user_emails=["ann@example.com"])
    id = old({"datapool": {"dataset_id": theirs}}).json()["id"]
    with dagster_instance() as instance:
        (request,) = [each for each in jobs_tick(instance) if each.run_key == id]
    assert request.run_config["ops"]["datapool"]["config"] == {"name": "datapool", "dataset_id": theirs}


def test_the_tag_of_another_dataset(ann: Any, bob: Any, tmp_path: Path) -> None:
    def like(dataset: str, tag: str) -> dict[str, Any]:
        given = {"type": "EMBEDDINGS", "dataset_id": dataset, "tag_name": tag}
        return {"n_samples": 5, "strategies": [{"input": given, "strategy": {"type": "SIMILARITY"}}]}

    theirs = bob.dataset_id
    where = "selection_config.strategies[0].input"
    assert f"{where}.dataset_id={theirs}: there is no such dataset" in refused(ann, {}, like(theirs, "initial-tag"))
    bob.share_dataset_only_with(dataset_id=theirs, user_emails=["ann@example.com"])
    assert f"{where}.dataset_id: dataset dogs has no embedding; run it once" in refused(
        ann, {}, like(theirs, "initial-tag")
    )
    add_embedding(theirs, "default", str(tmp_path / "e.csv"))
    create_tag(theirs, NewTag("nothing", BitMask(b""), 4))
    assert f"{where}.tag_name: dataset dogs has no tag night" in refused(ann, {}, like(theirs, "night"))
    assert f"{where}.tag_name: the tag nothing of dataset dogs holds no sample" in refused(
        ann, {}, like(theirs, "nothing")
    )
    named = told(ann, {}, like(theirs, "initial-tag"))["selected_samples"]
    assert named["strategies"] == like(theirs, "initial-tag")["strategies"]
    assert runs_at_work() == []
