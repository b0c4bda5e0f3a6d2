"""Whether a run may go on in the folder of an earlier one: if that was one of its dataset and did not succeed."""

from pathlib import Path
from typing import Any

import yaml
from dagster import DagsterInstance, DagsterRunStatus

DID_NOT_SUCCEED = (DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)


CONFIG = "config/hydra.yaml"  # in a run folder
MAX_CONFIG_BYTES = 1 << 20


def unfinished_run_in(config: bytes, dataset: str, instance: DagsterInstance) -> str | None:
    """The id of the run that a folder is of, if it was a run of `dataset` and is known to have failed; else None.

    config: what the folder says of its run.

    Call it with the dataset's lock held, after `end_killed_runs`: a run that was killed has failed by then.
    """
    run_id, of_dataset = run_named_in(config)
    if not run_id or of_dataset != dataset:
        return None
    run = instance.get_run_by_id(run_id)
    return run_id if run is not None and run.status in DID_NOT_SUCCEED else None


def written_by(folder: Path) -> tuple[str, str]:
    """Run id and dataset that the folder's own copy of its config names; empty where there is none that can be read."""
    return run_named_in(config_of(folder))


def config_of(folder: Path) -> bytes:
    """What a local folder says of its run; empty where it says nothing."""
    try:
        return (folder / CONFIG).read_bytes()
    except (OSError, ValueError):
        return b""


def run_named_in(config: bytes) -> tuple[str, str]:
    """Run id and dataset; empty where it names none."""
    try:
        content: Any = yaml.safe_load(config.decode("utf-8"))
        job = content["hydra"]["job"]
        return str(job["id"]), str(job["dataset"])
    except (ValueError, TypeError, KeyError, yaml.YAMLError):
        return "", ""
