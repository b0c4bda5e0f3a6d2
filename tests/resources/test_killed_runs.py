import subprocess
import sys
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from resources.killed_runs import end_killed_runs
from resources.locks import run_alive

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


def test_killed_runs_are_ended_whatever_host_they_ran_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with DagsterInstance.ephemeral() as instance:
        runs = {name: instance.add_run(DagsterRun("selection_job", status=status)) for name, status in STATUSES.items()}
        killed = [run.run_id for name, run in runs.items() if name.startswith("killed")]
        script = (
            "import os, signal, sys\nfrom contextlib import ExitStack\nfrom resources.locks import run_alive\n"
            "stack = ExitStack()\nfor run in sys.argv[1:]: stack.enter_context(run_alive(run))\n"
            "os.kill(os.getpid(), signal.SIGKILL)\n"
        )
        assert subprocess.run([sys.executable, "-c", script, *killed], check=False).returncode == -9
        with run_alive(runs["alive"].run_id):
            ended = end_killed_runs(instance)
            again = end_killed_runs(instance)
        after = {name: instance.get_run_by_id(run.run_id) for name, run in runs.items()}
    assert sorted(ended) == sorted(run.run_id for name, run in runs.items() if name in ENDS)
    assert again == []
    assert {name: run.status for name, run in after.items() if run} == STATUSES | ENDS
