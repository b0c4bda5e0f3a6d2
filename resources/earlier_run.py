"""Whether a run may go on in the folder of an earlier one: if that was one of its dataset and did not succeed."""

from pathlib import Path
from typing import Any

import yaml
from dagster import DagsterInstance, DagsterRunStatus

DID_NOT_SUCCEED = (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


def unfinished_run_in(folder: Path, dataset: str, instance: DagsterInstance) -> str | None:
    """The id of the run whose folder this is, if it was a run of `dataset` and is known to have failed; else None.

    Call it with the dataset's lock held, after `end_killed_runs`: a run that was killed has failed by then.
    """
    run_id, of_dataset = written_by(folder)
    if not run_id or of_dataset != dataset:
        return None
    run = instance.get_run_by_id(run_id)
    return run_id if run is not None and run.status in DID_NOT_SUCCEED else None


def written_by(folder: Path) -> tuple[str, str]:
    """Run id and dataset that the folder's own copy of its config names; empty where there is none that can be read."""
    try:
        content: Any = yaml.safe_load((folder / "config" / "hydra.yaml").read_text(encoding="utf-8"))
        job = content["hydra"]["job"]
        return str(job["id"]), str(job["dataset"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return "", ""
