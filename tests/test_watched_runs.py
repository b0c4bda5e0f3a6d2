from pathlib import Path

import pytest
from dagster import DagsterEventType, DagsterInstance, DagsterRun, DagsterRunStatus, SkipReason, build_sensor_context
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

from resources.run import PARTITION_TAG
from selection_assets.watched_runs import watched_runs
from tests.resources.test_killed_runs import die

ORIGIN = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("here"), "all").get_job_origin("selection_job")


def test_killed_runs_end_and_queued_ones_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with DagsterInstance.ephemeral() as instance:

        def add(status: DagsterRunStatus, dataset: str) -> str:
            return instance.add_run(
                DagsterRun("selection_job", status=status, tags={PARTITION_TAG: dataset}, remote_job_origin=ORIGIN)
            ).run_id

        killed, working = add(DagsterRunStatus.STARTED, "a"), add(DagsterRunStatus.STARTED, "b")
        queued, alone = add(DagsterRunStatus.QUEUED, "b"), add(DagsterRunStatus.QUEUED, "c")
        die([killed])
        said = [watched_runs(build_sensor_context(instance)) for _ in range(2)]
        after = instance.get_run_by_id(killed)
        told = {
            run_id: [entry.message for entry in instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT)]
            for run_id in (queued, alone)
        }
    assert [each.skip_message for each in said if isinstance(each, SkipReason)] == [
        f"ended {killed[:8]}",
        "no run was killed",
    ]
    assert after is not None and after.status == DagsterRunStatus.FAILURE
    assert told == {queued: [f"waiting for run {working[:8]} of dataset b to end"], alone: []}
