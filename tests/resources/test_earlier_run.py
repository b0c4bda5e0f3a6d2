from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from resources.earlier_run import config_of, unfinished_run_in


def folder_of(place: Path, run_id: str, dataset: str = "x") -> Path:
    content = {"hydra": {"job": {"name": "winnow", "id": run_id, "dataset": dataset}}}
    (place / "config").mkdir(parents=True, exist_ok=True)
    (place / "config" / "hydra.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return place


@pytest.mark.parametrize("status", [status for status in DagsterRunStatus if status != DagsterRunStatus.QUEUED])
def test_only_the_folder_of_a_run_that_did_not_succeed(tmp_path: Path, status: DagsterRunStatus) -> None:
    with DagsterInstance.ephemeral() as instance:
        run = instance.add_run(DagsterRun("selection_job", status=status))
        found = unfinished_run_in(config_of(folder_of(tmp_path, run.run_id)), "x", instance)
    ended_badly = status in (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
    assert found == (run.run_id if ended_badly else None)


def test_not_the_folder_of_another_dataset_or_of_nobody(tmp_path: Path) -> None:
    with DagsterInstance.ephemeral() as instance:
        run = instance.add_run(DagsterRun("selection_job", status=DagsterRunStatus.FAILURE))
        assert unfinished_run_in(config_of(folder_of(tmp_path / "a", run.run_id, "y")), "x", instance) is None
        assert unfinished_run_in(config_of(folder_of(tmp_path / "b", "unknown")), "x", instance) is None
        (tmp_path / "c").mkdir()
        assert unfinished_run_in(config_of(tmp_path / "c"), "x", instance) is None
        for text in ("- a", "hydra: [", "hydra: {job: {id: 1}}", "hydra: 3"):
            folder = folder_of(tmp_path / "d", run.run_id)
            (folder / "config" / "hydra.yaml").write_text(text, encoding="utf-8")
            assert unfinished_run_in(config_of(folder), "x", instance) is None
