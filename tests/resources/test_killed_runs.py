import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from dagster import (
    DagsterEvent,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    EventLogEntry,
)
from dagster._core.events import StepFailureData
from dagster._utils.error import SerializableErrorInfo

from resources.killed_runs import end_killed_runs
from resources.locks import run_alive
from resources.run import FOLDER_TAG

STATUSES = {
    "killed": DagsterRunStatus.STARTED,
    "killed before it started": DagsterRunStatus.NOT_STARTED,
    "killed while it was cancelled": DagsterRunStatus.CANCELING,
    "killed after its end": DagsterRunStatus.SUCCESS,
    "alive": DagsterRunStatus.STARTED,
    "without a process yet": DagsterRunStatus.STARTING,
}
ENDS = {
    "killed": DagsterRunStatus.FAILURE,
    "killed before it started": DagsterRunStatus.FAILURE,
    "killed while it was cancelled": DagsterRunStatus.CANCELED,
}


def die(runs: list[str]) -> None:
    """A process that works for these runs is killed."""
    script = (
        "import os, signal, sys\nfrom contextlib import ExitStack\nfrom resources.locks import run_alive\n"
        "stack = ExitStack()\nfor run in sys.argv[1:]: stack.enter_context(run_alive(run))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, *runs], check=False).returncode == -9


def test_killed_runs_are_ended_whatever_host_they_ran_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with DagsterInstance.ephemeral() as instance:
        runs = {name: instance.add_run(DagsterRun("selection_job", status=status)) for name, status in STATUSES.items()}
        die([run.run_id for name, run in runs.items() if name.startswith("killed")])
        with run_alive(runs["alive"].run_id):
            ended = end_killed_runs(instance)
            again = end_killed_runs(instance)
        after = {name: instance.get_run_by_id(run.run_id) for name, run in runs.items()}
    assert sorted(ended) == sorted(run.run_id for name, run in runs.items() if name in ENDS)
    assert again == []
    assert {name: run.status for name, run in after.items() if run} == STATUSES | ENDS


def test_the_log_tells_the_end_where_nobody_else_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`told`: a step failed and said why. `crashed`: the process of a step was killed, and the run's own saw it."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    started, failed, done = DagsterRunStatus.STARTED, DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS
    statuses = {"killed": started, "seen by Dagster": failed, "told": failed, "crashed": failed, "succeeded": done}
    with DagsterInstance.ephemeral() as instance:
        runs = {
            name: instance.add_run(
                DagsterRun("selection_job", status=status, tags={FOLDER_TAG: str(tmp_path / name)})
            ).run_id
            for name, status in {**statuses, "gone on with": failed, "without a folder": started}.items()
        }
        for name, error in (("told", "Failure"), ("crashed", "ChildProcessCrashException")):
            instance.handle_new_event(step_failure(runs[name], error))
        for name in (*statuses, "gone on with"):
            written_by = runs["killed"] if name == "gone on with" else runs[name]
            (tmp_path / name / "config").mkdir(parents=True)
            (tmp_path / name / "log.txt").write_text("what was said\n")
            job = {"hydra": {"job": {"id": written_by, "dataset": "a"}}}
            (tmp_path / name / "config" / "hydra.yaml").write_text(yaml.safe_dump(job))
        die(list(runs.values()))
        end_killed_runs(instance)
        end_killed_runs(instance)
    logs = {path.parent.name: path.read_text().splitlines() for path in tmp_path.glob("*/log.txt")}
    assert all(lines[0] == "what was said" for lines in logs.values())
    ends = {name: [line.partition(" ERROR ")[2] for line in lines[1:]] for name, lines in logs.items()}
    end = ["The process of this run was killed."]
    assert {name for name, lines in ends.items() if lines} == {"killed", "seen by Dagster", "crashed"}
    assert all(lines == end for lines in ends.values() if lines)


def step_failure(run_id: str, error: str) -> EventLogEntry:
    failed = StepFailureData(SerializableErrorInfo("", [], error), None)
    event = DagsterEvent("STEP_FAILURE", "selection_job", step_key="embeddings", event_specific_data=failed)
    return EventLogEntry(None, "debug", "", run_id, time.time(), "embeddings", "selection_job", event)
