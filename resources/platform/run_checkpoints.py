"""The trained models that runs have left: what `checkpoint_run_id` names."""

from dataclasses import dataclass

from sqlalchemy import select

from configs.errors import InputError
from resources.catalog.database import catalog_reading
from resources.catalog.platform_schema import PLATFORM_DATASETS, PLATFORM_RUNS
from resources.platform.runs import artifacts_of

TYPE = "CHECKPOINT"


@dataclass(frozen=True)
class RunCheckpoint:
    """place: of the file. dataset: key in the catalog of the run's dataset, whose credentials open a bucket."""

    place: str
    dataset: str


def checkpoint_of_run(run: str) -> RunCheckpoint:
    """The first, if it left several, as scripts see it. Raises InputError where there is no such run, and where it left
    none."""
    query = (
        select(PLATFORM_DATASETS.c.dataset)
        .join(PLATFORM_RUNS, PLATFORM_RUNS.c.dataset == PLATFORM_DATASETS.c.id)
        .where(PLATFORM_RUNS.c.id == run)
    )
    with catalog_reading() as connection:
        dataset = connection.execute(query).scalar_one_or_none()
    if dataset is None:
        raise InputError(f"checkpoint_run_id={run}: there is no such run; give the id of one of yours")
    found = next((each for each in artifacts_of([run])[run] if each.type == TYPE), None)
    if found is None:
        raise InputError(
            f"checkpoint_run_id={run}: this run has left no checkpoint; give one that has trained and ended"
        )
    return RunCheckpoint(found.place, dataset)
