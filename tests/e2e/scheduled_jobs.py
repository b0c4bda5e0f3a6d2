"""A user with datasets of the platform in a state folder, and jobs that are as short as can be."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from dagster import DagsterRun, RunsFilter

from resources.dataset_settings import store_settings
from resources.instance import dagster_instance
from resources.platform.datasets import create_dataset
from resources.platform.scheduled_runs import SCHEDULED_TAG
from resources.platform.users import User, add_user, create_token
from resources.platform.worker_configs import store_worker_config

SELECTION = {"n_samples": 2, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
SMALL = {"model": {"name": "resnet-9", "width": 0.125, "num_ftrs": 16}}


@dataclass
class Platform:
    """The state folder and database are those of the environment, in this process and in those that it starts."""

    user: User
    token: str

    def dataset(self, name: str, pictures: Path, worker_config: dict[str, Any] | None = None) -> tuple[str, str]:
        """Ids of a dataset and of a config for its jobs."""
        with dagster_instance() as instance:
            made = create_dataset(instance, self.user, name, type="Images")
        store_settings(made.dataset, {"datasource": {"input_dir": str(pictures)}})
        dictionaries = {"worker_config": worker_config or {}, "selection_config": SELECTION, "lightly_config": SMALL}
        return made.id, store_worker_config(self.user, "V4", dictionaries)

    def schedule(self, api: str, dataset: str, config: str, runs_on: tuple[str, ...] = ()) -> str:
        """A job's id. api: the server's address."""
        place = f"{api}/v1/datasets/{dataset}/docker/worker/schedule"
        body = {"configId": config, "runsOn": list(runs_on)}
        answer = requests.post(place, params={"token": self.token}, json=body, timeout=60)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def run(self, api: str, job: str) -> dict[str, Any]:
        """As scripts see it; empty while there is none."""
        answer = requests.get(f"{api}/v1/docker/runs/schedule/{job}", params={"token": self.token}, timeout=60)
        return dict(answer.json()) if answer.status_code == 200 else {}

    def worker_states(self, api: str) -> dict[str, str]:
        answer = requests.get(f"{api}/v1/docker/worker", params={"token": self.token}, timeout=60)
        return {each["name"]: each["state"] for each in answer.json()}


def new_platform() -> Platform:
    user = add_user("ann@example.com")
    return Platform(user, create_token(user.email))


def runs_by_job() -> dict[str, list[DagsterRun]]:
    found: dict[str, list[DagsterRun]] = {}
    with dagster_instance() as instance:
        for run in instance.get_runs(RunsFilter()):
            if SCHEDULED_TAG in run.tags:
                found.setdefault(run.tags[SCHEDULED_TAG], []).append(run)
    return found


def counted(found: dict[str, list[DagsterRun]]) -> Counter[str]:
    return Counter({job: len(runs) for job, runs in found.items()})


def until_ended(platform: Platform, api: str, jobs: list[str], seconds: float = 240) -> dict[str, dict[str, Any]]:
    """Their runs, once all have ended."""
    deadline = time.monotonic() + seconds
    while True:
        runs = {job: platform.run(api, job) for job in jobs}
        if all(run.get("state") in ("COMPLETED", "FAILED", "CRASHED", "ABORTED") for run in runs.values()):
            return runs
        assert time.monotonic() < deadline, runs
        time.sleep(0.5)
