"""Runs whose process was killed must not hold up later ones."""

import os
import subprocess
import sys

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from selection_assets.launch import PROCESS_TAG, _end_killed_runs, _process


def test_killed_runs_are_ended_and_their_places_freed() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    tags = {
        "killed": _process(child.pid),
        "alive": _process(os.getpid()),
        "reused id": f"{_process(os.getpid()).rsplit(' ', 1)[0]} 1",
        "elsewhere": "another-machine 1 1",
        "not ours": "",
    }
    child.kill()
    child.wait()
    with DagsterInstance.ephemeral() as instance:
        instance.event_log_storage.set_concurrency_slots("gpu", 1)  # type: ignore[attr-defined]
        runs = {
            name: instance.add_run(
                DagsterRun("selection_job", status=DagsterRunStatus.STARTED, tags={PROCESS_TAG: tag} if tag else {})
            )
            for name, tag in tags.items()
        }
        instance.event_log_storage.claim_concurrency_slot("gpu", runs["killed"].run_id, "checkpoint")
        _end_killed_runs(instance)
        statuses = {name: instance.get_run_by_id(run.run_id) for name, run in runs.items()}
        ended = {name for name, run in statuses.items() if run and run.status == DagsterRunStatus.FAILURE}
        assert ended == {"killed", "reused id"}
        free = instance.event_log_storage.claim_concurrency_slot("gpu", runs["alive"].run_id, "checkpoint")
        assert free.is_claimed
