"""Workers, configs and jobs, by the real client and by bare requests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from lightly.openapi_generated.swagger_client.exceptions import ApiException

from resources.dataset_settings import store_settings
from resources.platform import scheduled_runs as module
from resources.platform.scheduled_runs import begin_run, waiting_jobs
from tests.documented_example import LIGHTLY_CONFIG
from tests.platform_api.conftest import Client

Ask = Callable[..., requests.Response]
UNKNOWN = "0123456789abcdef01234567"
SELECTION = {
    "n_samples": 50,
    "strategies": [
        {
            "input": {"type": "EMBEDDINGS"},
            "strategy": {"type": "DIVERSITY", "stopping_condition_minimum_distance": 0.1},
        }
    ],
}


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    (tmp_path / "pictures").mkdir()
    return str(tmp_path / "pictures")


def test_workers(client: Client, token: str, other_token: str) -> None:
    ann = client(token)
    first = ann.register_compute_worker("Default", ["gpu", "large", "gpu"])
    assert ann.register_compute_worker("Default", ["gpu"]) == first
    second = ann.register_compute_worker("second")
    found = ann.get_compute_workers()
    assert [(each.id, each.name, each.labels, each.state) for each in found] == [
        (first, "Default", ["gpu"], "IDLE"),
        (second, "second", [], "IDLE"),
    ]
    assert client(other_token).get_compute_workers() == []
    with pytest.raises(ApiException) as refused:
        client(other_token).delete_compute_worker(first)
    assert refused.value.status == 404
    ann.delete_compute_worker(first)
    assert ann.get_compute_worker_ids() == [second]


def test_a_job_is_what_the_script_says(client: Client, token: str, pictures: str) -> None:
    ann = client(token)
    ann.create_dataset("cats")
    store_settings("cats", {"datasource": {"input_dir": pictures}})
    wanted = {
        "enable_training": True,
        "corruptness_check": {"corruption_threshold": 0.1},
        "datasource": {"process_all": True, "bypass_verify": True},
        "selected_sequence_length": 1,
    }
    id = ann.schedule_compute_worker_run(
        wanted, selection_config=SELECTION, lightly_config=LIGHTLY_CONFIG, priority="HIGH"
    )
    (listed,) = ann.get_scheduled_compute_worker_runs()
    assert (listed.id, listed.dataset_id, listed.priority, listed.state) == (id, ann.dataset_id, "HIGH", "OPEN")
    (job,) = waiting_jobs()
    assert (job.id, job.key, job.state, job.worker) == (id, "cats", "OPEN", "")
    assert job.dictionaries["worker_config"] == wanted
    assert job.dictionaries["selection_config"] == {**SELECTION, "auto_tasks": []}
    assert job.dictionaries["lightly_config"] == {
        **LIGHTLY_CONFIG,
        "collate": {**LIGHTLY_CONFIG["collate"], "rr_degrees": None},
    }


def test_an_old_client_sends_its_config_as_it_was_typed(ask: Ask, client: Client, token: str, pictures: str) -> None:
    """As 1.2.47 does."""
    ann = client(token)
    ann.create_dataset("cats")
    store_settings("cats", {"datasource": {"input_dir": pictures}})
    old = {"enable_corruptness_check": True, "remove_exact_duplicates": True}
    config = {
        "workerType": "FULL",
        "docker": old,
        "lightly": LIGHTLY_CONFIG,
        "selection": {"nSamples": 50, **_strategies()},
    }
    made = ask("POST", "/v1/docker/worker/config", json={"config": config})
    assert made.status_code == 201 and list(made.json()) == ["id"]
    body = {"configId": made.json()["id"], "priority": "MID", "runsOn": [], "creator": "USER_PIP"}
    assert ask("POST", f"/v1/datasets/{ann.dataset_id}/docker/worker/schedule", json=body).status_code == 201
    (job,) = waiting_jobs()
    assert job.dictionaries == {"worker_config": old, "lightly_config": LIGHTLY_CONFIG, "selection_config": SELECTION}


def _strategies() -> dict[str, object]:
    return json.loads(json.dumps({"strategies": SELECTION["strategies"]}))  # type: ignore[no-any-return]


def test_jobs_wait_for_a_worker_with_all_their_labels(client: Client, token: str, pictures: str) -> None:
    ann = client(token)
    ann.create_dataset("cats")
    store_settings("cats", {"datasource": {"input_dir": pictures}})
    low = ann.schedule_compute_worker_run({}, selection_config=SELECTION, priority="LOW")
    gpu = ann.schedule_compute_worker_run({}, selection_config=SELECTION, runs_on=["gpu", "large"], priority="CRITICAL")
    late = ann.schedule_compute_worker_run({}, selection_config=SELECTION)
    assert [(each.id, each.worker) for each in waiting_jobs()] == [(gpu, None), (late, ""), (low, "")]
    worker = ann.register_compute_worker("small", ["gpu"])
    assert [each.worker for each in waiting_jobs()] == [None, worker, worker]
    large = ann.register_compute_worker("more", ["large", "gpu", "x"])
    assert [each.worker for each in waiting_jobs()] == [large, worker, worker]


def test_states_of_a_job(
    client: Client, token: str, other_token: str, ask: Ask, pictures: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = client(token)
    ann.create_dataset("cats")
    store_settings("cats", {"datasource": {"input_dir": pictures}})
    id = ann.schedule_compute_worker_run({}, selection_config=SELECTION)
    assert ann.get_compute_worker_run_info(id).state == "OPEN"
    assert ann.get_compute_worker_runs() == []
    assert begin_run(id, "run-1") and begin_run(id, "run-1")
    info = ann.get_compute_worker_run_info(id)
    assert (info.state, info.message) == ("STARTED", "The run has begun.")
    # The client may have asked for the run before it was there, and looks at this list now.
    assert [(each.id, each.state) for each in ann.get_scheduled_compute_worker_runs()] == [(id, "LOCKED")]
    assert ann.get_scheduled_compute_worker_runs(state="LOCKED") == []
    monkeypatch.setattr(module, "JUST_MS", 0)
    assert ann.get_scheduled_compute_worker_runs() == []
    (run,) = ann.get_compute_worker_runs()
    assert ann.get_compute_worker_run(run.id) == run == ann.get_compute_worker_run_from_scheduled_run(id)
    assert [each.id for each in ann.get_compute_worker_runs(dataset_id=ann.dataset_id)] == [run.id]
    assert (run.scheduled_id, run.dataset_id, run.artifacts, run.archived) == (id, ann.dataset_id, [], False)
    bob = client(other_token)
    assert bob.get_compute_worker_runs() == []
    with pytest.raises(ApiException) as refused:
        bob.get_compute_worker_run(run.id)
    assert refused.value.status == 404
    canceled = ann.schedule_compute_worker_run({}, selection_config=SELECTION)
    place = f"/v1/datasets/{ann.dataset_id}/docker/worker/schedule"
    assert ask("PUT", f"{place}/{canceled}").status_code == 204
    assert ann.get_compute_worker_run_info(canceled).state == "CANCELED_OR_NOT_EXISTING"
    assert not begin_run(canceled, "run-2")
    assert [each["id"] for each in ask("GET", place, params={"state": "CANCELED"}).json()] == [canceled]
    assert ask("GET", place, params={"states": ["CANCELED", "DONE"]}).json()[0]["id"] == id
    assert ask("PUT", f"{place}/{UNKNOWN}").json()["code"] == "DOCKER_WORKER_SCHEDULE_UNKNOWN"


def test_what_no_run_can_be_told(ask: Ask, client: Client, token: str, pictures: str) -> None:
    ann = client(token)
    ann.create_dataset("cats")
    for docker, words in (
        ({"nothing": 1}, "worker_config.nothing does not exist"),
        ({"enableTraining": 1}, "worker_config.enable_training"),
        ({"pretagging": True}, "worker_config.pretagging: pretagging is not supported yet"),
    ):
        answer = ask("POST", "/v1/docker/worker/config/vX", json={"version": "V4", "config": {"docker": docker}})
        assert (answer.status_code, answer.json()["code"]) == (400, "DOCKER_WORKER_CONFIG_INVALID")
        assert words in answer.json()["error"]
    with pytest.raises(ApiException) as refused:
        ann.schedule_compute_worker_run({}, selection_config=SELECTION)
    assert refused.value.status == 400 and "no datasource for its input" in refused.value.body
    store_settings("cats", {"datasource": {"input_dir": pictures}})
    place = f"/v1/datasets/{ann.dataset_id}/docker/worker/schedule"
    assert ask("POST", place, json={"configId": UNKNOWN}).json()["code"] == "DOCKER_WORKER_CONFIG_UNKNOWN"
    assert ask("POST", place, json={"configId": UNKNOWN, "priority": "NOW"}).status_code == 422


@pytest.mark.parametrize(
    "config",
    [
        {"docker": {"input_dir": "/etc"}},
        {"docker": {"shared_dir": "/etc"}},
        {"docker": {"output_dir": "/tmp"}},
        {"docker": {"dataset": "dogs"}},
        {"docker": {"run_directory": "/tmp/x"}},
        {"docker": {"datasource": {"input_dir": "/etc"}}},
        {"docker": {"checkpoint": "/etc/passwd"}},
        {"docker": {"checkpoint": "../../other/model.ckpt"}},
        {"docker": {"embeddings": "/etc/passwd"}},
        {"docker": {"embeddings": "a/../../b.csv"}},
        {"docker": {"relevant_filenames_file": "/etc/passwd"}},
        {"docker": {"relevant_filenames_file": ".lightly/../../x"}},
        {"docker": {"datapool": {"name": "../pool"}}},
        {"docker": {"upload_dataset": True}},
        {"lightly": {"input_dir": "/etc"}},
        {"lightly": {"checkpoint_callback": {"dirpath": "/tmp/x"}}},
        {"lightly": {"checkpoint_callback": {"dirpath": "~/x"}}},
        {"lightly": {"checkpointCallback": {"dirpath": "../x"}}},
    ],
)
@pytest.mark.parametrize("route", ["/vX", ""])
def test_jobs_name_no_folder_of_the_server(
    client: Client, token: str, pictures: str, ask: Ask, config: dict[str, Any], route: str
) -> None:
    ann = client(token)
    ann.create_dataset("cats")
    store_settings("cats", {"datasource": {"input_dir": pictures, "shared_dir": pictures}})
    answer = ask("POST", f"/v1/docker/worker/config{route}", json={"config": {"workerType": "FULL", **config}})
    if answer.status_code == 201:  # seen with the dataset's places only
        body = {"configId": answer.json()["id"], "runsOn": []}
        answer = ask("POST", f"/v1/datasets/{ann.dataset_id}/docker/worker/schedule", json=body)
    assert answer.status_code == 400 and answer.json()["error"].count("\n") == 0, answer.text
    assert waiting_jobs() == []
