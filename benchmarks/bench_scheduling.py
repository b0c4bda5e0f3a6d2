"""From a scheduled job to its run in Dagster, and 200 clients that poll states, on SQLite and on PostgreSQL.

    python -m benchmarks.bench_scheduling [sqlite | postgresql ...]

`winnow serve` runs as users have it, with the client, the server and the database on this machine. A client asks every
second (the public one every 30): half of them about a job that waits, in two requests, half about a run, in one.
PostgreSQL is left out where it is not installed.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import requests

from benchmarks.winnow_run import ROOT, environment
from tests.resources.catalog.postgres_server import postgres, programs

JOBS, CLIENTS, SECONDS, PAUSE = 12, 200, 20, 1.0
WAIT_SECONDS = 120
GOALS = {"slowest pick-up": 5.0, "p99": 0.25}
Rows = Iterator[dict[str, Any]]


def run(names: Sequence[str] = ()) -> Rows:
    """One row per figure: work, ours, peer, ratio, goal. names: of databases; without, all that there are."""
    for name in names or ("sqlite", *(["postgresql"] if programs() else [])):
        with tempfile.TemporaryDirectory(prefix="winnow-bench-", dir="/tmp") as folder:
            for made in ("home", "postgres", "empty"):
                (Path(folder) / made).mkdir()
            with postgres(Path(folder) / "postgres") if name == "postgresql" else nullcontext("") as url:
                address = url.replace("postgresql://", "postgresql+psycopg2://")
                home = Path(folder) / "home"
                if address:  # Dagster's own tables, too
                    storage = "storage:\n  postgres:\n    postgres_url: {env: WINNOW_DATABASE_URL}\n"
                    settings = (ROOT / "configs" / "instance" / "dagster.yaml").read_text(encoding="utf-8")
                    (home / "dagster.yaml").write_text(settings + storage, encoding="utf-8")
                variables = {"DAGSTER_HOME": str(home), "WINNOW_DATABASE_URL": address}
                with patch.dict(os.environ, variables):
                    yield from _measured(name, Path(folder))


def _measured(name: str, folder: Path) -> Rows:
    from resources.dataset_settings import store_settings
    from resources.instance import dagster_instance
    from resources.platform.datasets import create_dataset
    from resources.platform.scheduled_runs import begin_run, schedule_run
    from resources.platform.users import add_user, create_token
    from resources.platform.worker_configs import store_worker_config

    ann = add_user("ann@example.com")
    token = create_token(ann.email)
    strategy = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    selection = {"n_samples": 2, "strategies": [strategy]}
    config = store_worker_config(
        ann, "V4", {"worker_config": {}, "selection_config": selection, "lightly_config": None}
    )
    with dagster_instance() as instance:
        datasets = [create_dataset(instance, ann, f"set {number}", type="Images") for number in range(JOBS + 1)]
    for each in datasets:
        store_settings(each.dataset, {"datasource": {"input_dir": str(folder / "empty")}})
    with _served() as api:
        waits = [_picked_up(api, token, each.id, config) for each in datasets[:-1]]
        yield _row(
            f"pick-up of a scheduled job, the slowest of {JOBS}, seconds ({name})", max(waits), "slowest pick-up"
        )
        yield _row(f"the same, median ({name})", statistics.median(waits), None)
        time.sleep(10)  # until those runs have ended
        dataset = datasets[-1].id
        # Nobody has this label, so that the jobs wait; a hundred others have become runs of another dataset.
        waiting = [schedule_run(ann, dataset, config, "MID", ["none has it"]) for _ in range(20)]
        running = [schedule_run(ann, datasets[0].id, config, "MID", ["none has it"]) for _ in range(100)]
        for job in running:
            begin_run(job, None, "COMPLETED", "for the figures")
        key = f"?token={token}"
        state = f"{api}/v1/docker/runs/schedule/"
        listed = f"{api}/v1/datasets/{dataset}/docker/worker/schedule{key}"
        found = _polled([f"{state}{waiting[0]}{key}", listed], [f"{state}{running[0]}{key}"])
        yield _row(f"{CLIENTS} clients polling, p99 in seconds ({name}; {found['requests'] / SECONDS:.0f} requests/s)",
                   found["p99"], "p99")  # fmt: skip
        yield _row(f"the same, median ({name})", found["p50"], None)
        yield _row(f"requests that failed ({name})", float(found["errors"]), None)


@contextmanager
def _served() -> Iterator[str]:
    """The API's address."""
    command = [sys.executable, "-m", "selection_assets.command", "serve", "--port", "0", "--ui-port", "0"]
    with subprocess.Popen(command, env=environment(ROOT), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            for line in process.stdout:
                if found := re.match(r"API for scripts: +(\S+)", line):
                    yield found[1]
                    return
            raise RuntimeError("winnow serve has ended")
        finally:
            process.terminate()


def _picked_up(api: str, token: str, dataset: str, config: str) -> float:
    """Seconds from the request to the record of the run in Dagster."""
    from dagster import RunsFilter

    from resources.instance import dagster_instance
    from resources.platform.scheduled_runs import SCHEDULED_TAG

    place = f"{api}/v1/datasets/{dataset}/docker/worker/schedule"
    with dagster_instance() as instance:
        time.sleep(1.3)  # at any moment of the daemon's rounds
        began = time.time()
        made = requests.post(place, params={"token": token}, json={"configId": config}, timeout=60)
        made.raise_for_status()
        wanted = RunsFilter(tags={SCHEDULED_TAG: str(made.json()["id"])})
        while time.time() - began < WAIT_SECONDS:
            if records := instance.get_run_records(wanted, limit=1):
                return records[0].create_timestamp.timestamp() - began
            time.sleep(0.1)
    raise RuntimeError("the job was not picked up")


def _polled(*urls_of_a_client: list[str]) -> dict[str, Any]:
    """All clients together, in a process per kind of client."""
    share = str(CLIENTS // len(urls_of_a_client))
    command = [sys.executable, "-m", "benchmarks.polling_clients", share, str(SECONDS), str(PAUSE)]
    running = []
    for urls in urls_of_a_client:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin
        process.stdin.write("\n".join(urls))
        process.stdin.close()
        running.append(process)
    found = []
    for process in running:
        assert process.stdout
        found.append(json.loads(process.stdout.read()))
        process.wait()
    return {
        "requests": sum(each["requests"] for each in found),
        "errors": sum(sum(each["errors"].values()) for each in found),
        "p50": max(each["p50"] for each in found),
        "p99": max(each["p99"] for each in found),
    }


def _row(work: str, ours: float, goal: str | None) -> dict[str, Any]:
    """Less is better; the peer is the goal."""
    peer = GOALS[goal] if goal else ours
    work = f"{work}; peer: the goal" if goal else work
    return {
        "work": work,
        "ours": ours,
        "peer": peer,
        "ratio": peer / ours if ours else 1.0,
        "goal": 1.0 if goal else None,
    }


if __name__ == "__main__":
    from benchmarks.table import print_rows

    print_rows(run(sys.argv[1:]))
