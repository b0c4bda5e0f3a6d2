"""Jobs that a request begins and that take longer than one: a row each, which a worker takes, does and ends.

`SAMPLING` is a selection by an embedding. asked: `embedding` (id), `newTagName`, `method` (ACTIVE_LEARNING, CORAL,
CORESET, RANDOM), `nSamples` (below 1 a share of the query tag, from 1 a count, -1 no condition), `minDistance` (-1: no
condition), `queryTag` and `preselectedTag` (ids; the second may be None), `scoreType` (None where no score counts).
Samples of the preselected tag are kept and count as selected. It ends with `finish_sampling`.

`EMBEDDINGS2D` is a view of an embedding in the plane. asked: `embedding` (id), `method` (PCA, TSNE, UMAP). The result
is the place of a CSV beside the embedding's: filenames, x, y. It ends with `finish_job`.

Both are done by runs of Dagster, see `selection_assets.embedding_jobs`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import JOBS
from resources.platform.bit_masks import BitMask
from resources.platform.creation_time import creation_time
from resources.platform.embeddings import Embedding
from resources.platform.errors import PlatformError
from resources.platform.ids import new_id, now_ms
from resources.platform.samples import locked_dataset
from resources.platform.tags import NewTag, Tag, insert_tag

Kind = Literal["SAMPLING", "EMBEDDINGS2D"]


@dataclass(frozen=True)
class Job:
    """status: WAITING, RUNNING, FAILED, FINISHED. result, error: once it has ended. created, changed: ms."""

    id: str
    dataset: str
    status: str
    kind: str
    asked: Mapping[str, Any]
    result: Any
    error: str | None
    created: int
    changed: int


def add_job(dataset_id: str, kind: Kind, asked: Mapping[str, Any]) -> Job:
    """Raises PlatformError DATASET_UNKNOWN. One that is the same and still waits is not added twice."""
    with catalog_transaction() as connection:
        locked_dataset(connection, dataset_id)
        waiting = select(JOBS).where(JOBS.c.dataset == dataset_id, JOBS.c.status == "WAITING")
        for row in connection.execute(waiting):
            if (row.about["kind"], row.about["asked"]) == (kind, dict(asked)):
                return _job(row)
        now = creation_time(connection, JOBS, dataset_id)
        values = {"id": new_id(), "dataset": dataset_id, "status": "WAITING", "created": now, "changed": now}
        added = insert(JOBS).values(values | {"about": {"kind": kind, "asked": dict(asked)}}).returning(JOBS)
        return _job(connection.execute(added).one())


def find_job(id: str) -> Job | None:
    with catalog_reading() as connection:
        row = connection.execute(select(JOBS).where(JOBS.c.id == id)).one_or_none()
    return _job(row) if row else None


def waiting_jobs() -> list[Job]:
    """Oldest first."""
    return _found(JOBS.c.status == "WAITING")


def unfinished_jobs() -> list[Job]:
    """Those that wait, and those that are being done; oldest first."""
    return _found(JOBS.c.status.in_(["WAITING", "RUNNING"]))


def plane_views(embedding: Embedding) -> list[Job]:
    """The jobs that have laid it out in the plane, of each method the last; oldest first."""
    done = _found(JOBS.c.dataset == embedding.dataset, JOBS.c.status == "FINISHED")
    mine = [each for each in done if each.kind == "EMBEDDINGS2D" and each.asked["embedding"] == embedding.id]
    last = {each.asked["method"]: each for each in mine}
    return sorted(last.values(), key=mine.index)


def _found(*conditions: ColumnElement[bool]) -> list[Job]:
    with catalog_reading() as connection:
        query = select(JOBS).where(*conditions).order_by(JOBS.c.created, JOBS.c.id)
        return [_job(row) for row in connection.execute(query)]


def take_job(id: str) -> Job | None:
    """It is RUNNING from now on. None where somebody else has taken it."""
    with catalog_transaction() as connection:
        taken = update(JOBS).where(JOBS.c.id == id, JOBS.c.status == "WAITING")
        row = connection.execute(taken.values(status="RUNNING", changed=now_ms()).returning(JOBS)).one_or_none()
    return _job(row) if row else None


def finish_sampling(job: Job, mask: BitMask, total: int) -> Tag:
    """Make the tag that was asked for, of these samples out of `total`, and end the job: both or neither.

    Raises PlatformError as `insert_tag` does, and JOB_UNKNOWN where the job is not running.
    """
    asked = job.asked
    with catalog_transaction() as connection:
        tag = insert_tag(
            connection,
            job.dataset,
            NewTag(
                name=asked["newTagName"],
                mask=mask,
                total=total,
                previous=asked["queryTag"],
                creator=f"SAMPLER_{asked['method']}",
                query=asked["queryTag"],
                preselected=asked["preselectedTag"],
            ),
        )
        _end(connection, job, "FINISHED", result=tag.id)
    return tag


def finish_job(job: Job, result: Any) -> None:
    """result: as JSON holds it. Raises PlatformError JOB_UNKNOWN where the job is not running."""
    with catalog_transaction() as connection:
        _end(connection, job, "FINISHED", result=result)


def fail_job(job: Job, error: str) -> None:
    """error: one line, for who asked. Raises PlatformError JOB_UNKNOWN where the job is not running."""
    with catalog_transaction() as connection:
        _end(connection, job, "FAILED", error=error)


def _end(connection: Connection, job: Job, status: str, **told: Any) -> None:
    about = {"kind": job.kind, "asked": dict(job.asked), **told}
    is_it = update(JOBS).where(JOBS.c.id == job.id, JOBS.c.status == "RUNNING")
    if not connection.execute(is_it.values(status=status, about=about, changed=now_ms())).rowcount:
        raise PlatformError("JOB_UNKNOWN", f"the job {job.id} is not running")


def _job(row: Row[Any]) -> Job:
    about = row.about
    told = (about["kind"], about["asked"], about.get("result"), about.get("error"))
    return Job(row.id, row.dataset, row.status, *told, row.created, row.changed)
