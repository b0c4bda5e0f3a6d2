"""Jobs that wait for a run. Whatever is restarted when, each becomes one run.

OPEN: waits. LOCKED: the server has asked Dagster for the run, which makes no two of one run key. TAKEN: a worker that
has joined makes the run itself, in `made_by_worker`; for scripts that is LOCKED, too. DONE: the run is there, and has a
record of its own, made in the same transaction. CANCELED: nobody wants it any more.

Every step is a compare-and-set: who finds the job in another state, or with somebody else, leaves it alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, insert, select, update

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import (
    PLATFORM_DATASETS,
    PLATFORM_RUNS,
    SCHEDULED_RUNS,
    USERS,
    WORKER_CONFIGS,
    WORKERS,
)
from resources.platform.ids import new_id, now_ms
from resources.platform.run_states import BEGIN
from resources.platform.users import User
from resources.platform.worker_configs import Dictionaries
from resources.platform.workers import is_seen

SCHEDULED_TAG = "winnow/scheduled_run"  # of a Dagster run: the id of its job
WORKER_TAG = "winnow/worker"  # of one that a worker makes itself: the worker's id
PRIORITIES = ("CRITICAL", "HIGH", "MID", "LOW")
TAKEN = "TAKEN"
WAITING = ("OPEN", "LOCKED", TAKEN)
JUST_MS = 60_000

TABLE = SCHEDULED_RUNS


@dataclass(frozen=True)
class ScheduledRun:
    id: str
    dataset: str
    config: str
    user: str
    priority: str
    runs_on: list[str]
    state: str
    created: int
    changed: int


_COLUMNS = [TABLE.c[each.name] for each in fields(ScheduledRun)]


@dataclass(frozen=True)
class Job:
    """What has to be known of a job to begin its run.

    user: who scheduled it. dataset: its id; key: that in the catalog. worker: the one that has taken it, else one that
    has all its labels; None where there is none; empty where none is asked for. is_left: that worker is at work, and
    makes the run itself.
    """

    id: str
    state: str
    user: User
    dataset: str
    key: str
    runs_on: list[str]
    dictionaries: Dictionaries
    worker: str | None
    is_left: bool


def schedule_run(user: User, dataset: str, config: str, priority: str, runs_on: Iterable[str]) -> str:
    """A job that waits; its id."""
    id, now = new_id(), now_ms()
    with catalog_transaction() as connection:
        connection.execute(
            insert(TABLE).values(
                id=id,
                dataset=dataset,
                config=config,
                user=user.id,
                priority=priority,
                runs_on=sorted(set(runs_on)),
                state="OPEN",
                worker=None,
                created=now,
                changed=now,
            )
        )
    return id


def is_used() -> bool:
    """Whether anybody can ever have scheduled a job here: most state folders know no platform. What jobs were asked to
    do stays when they are deleted."""
    with catalog_reading() as connection:
        return connection.execute(select(WORKER_CONFIGS.c.id).limit(1)).first() is not None


# Scripts ask so again and again: made once, a statement costs half as much.
_WAITING_OR_JUST_BEGUN = (
    select(*_COLUMNS)
    .where(TABLE.c.dataset == bindparam("of_dataset"))
    .where(TABLE.c.state.in_(WAITING) | ((TABLE.c.state == "DONE") & (TABLE.c.changed > bindparam("since"))))
    .order_by(TABLE.c.created, TABLE.c.id)
)


def scheduled_runs(dataset: str, states: Iterable[str] = WAITING) -> list[ScheduledRun]:
    """Of a dataset, oldest first."""
    return _found(TABLE.c.dataset == dataset, TABLE.c.state.in_(list(states)))


def waiting_or_just_begun(dataset: str) -> list[ScheduledRun]:
    """Jobs of a dataset that wait, or have become runs within the last moments; oldest first."""
    values = {"of_dataset": dataset, "since": now_ms() - JUST_MS}
    with catalog_reading() as connection:
        return [ScheduledRun(*row) for row in connection.execute(_WAITING_OR_JUST_BEGUN, values)]


def waiting_runs(datasets: Iterable[str]) -> list[ScheduledRun]:
    """Of these datasets, oldest first."""
    return _found(TABLE.c.dataset.in_(list(datasets)), TABLE.c.state.in_(WAITING))


def find_scheduled_run(dataset: str, id: str) -> ScheduledRun | None:
    found = _found(TABLE.c.dataset == dataset, TABLE.c.id == id)
    return found[0] if found else None


def _found(*conditions: ColumnElement[bool]) -> list[ScheduledRun]:
    with catalog_reading() as connection:
        rows = connection.execute(select(*_COLUMNS).where(*conditions).order_by(TABLE.c.created, TABLE.c.id))
        return [ScheduledRun(*row) for row in rows]


def cancel_scheduled_run(id: str) -> bool:
    """Whether somebody wanted it until now. If it is a run already, `unwanted_jobs` has that run stopped."""
    with catalog_transaction() as connection:
        wanted = update(TABLE).where(TABLE.c.id == id, TABLE.c.state != "CANCELED")
        return bool(connection.execute(wanted.values(state="CANCELED", changed=now_ms())).rowcount)


def unwanted_jobs(ids: Iterable[str]) -> set[str]:
    """Which of these nobody wants any more: they were canceled, or deleted with their dataset."""
    asked = set(ids)
    with catalog_reading() as connection:
        query = select(TABLE.c.id).where(TABLE.c.id.in_(asked), TABLE.c.state != "CANCELED")
        return asked - set(connection.execute(query).scalars())


def waiting_jobs() -> list[Job]:
    """Of all users, the most urgent first, then the oldest."""
    with catalog_reading() as connection:
        return _waiting(connection)


def _waiting(connection: Connection) -> list[Job]:
    urgency = case(*((TABLE.c.priority == name, place) for place, name in enumerate(PRIORITIES)), else_=len(PRIORITIES))
    query = (
        select(
            TABLE.c.id,
            TABLE.c.state,
            TABLE.c.runs_on,
            TABLE.c.user,
            TABLE.c.worker,
            TABLE.c.dataset,
            USERS.c.email,
            USERS.c.created.label("user_created"),
            PLATFORM_DATASETS.c.dataset.label("key"),
            WORKER_CONFIGS.c.config.label("dictionaries"),
        )
        .join(PLATFORM_DATASETS, PLATFORM_DATASETS.c.id == TABLE.c.dataset)
        .join(USERS, USERS.c.id == TABLE.c.user)
        .join(WORKER_CONFIGS, WORKER_CONFIGS.c.id == TABLE.c.config)
        .where(TABLE.c.state.in_(WAITING))
        .order_by(urgency, TABLE.c.created, TABLE.c.id)
    )
    columns = (WORKERS.c.id, WORKERS.c.user, WORKERS.c.labels, WORKERS.c.seen)
    workers = connection.execute(select(*columns).order_by(WORKERS.c.created, WORKERS.c.id)).all()
    return [
        Job(
            row.id,
            row.state,
            User(row.user, row.email, row.user_created),
            row.dataset,
            row.key,
            row.runs_on,
            row.dictionaries,
            *_worker(row, workers),
        )
        for row in connection.execute(query)
    ]


def _worker(job: Any, workers: Sequence[Any]) -> tuple[str | None, bool]:
    """Its worker, and whether it is left to that one."""
    there = {each.id for each in workers if is_seen(each.seen)}
    if job.state == TAKEN:
        return job.worker, job.worker in there
    fitting = [each.id for each in workers if each.user == job.user and set(job.runs_on) <= set(each.labels)]
    if job.state == "OPEN" and (joined := [id for id in fitting if id in there]):
        return joined[0], True
    if fitting:
        return fitting[0], False
    return None if job.runs_on else "", False


def lock_job(job: Job) -> bool:
    """Before Dagster is asked for its run. Whether somebody still wants it, and nobody else has got hold of it."""
    with catalog_transaction() as connection:
        return _moved(connection, job, "LOCKED", job.worker or None)


def take_job(user: User, worker: str) -> Job | None:
    """The most urgent whose labels the worker has, or what it took in an earlier life. None where there is none."""
    with catalog_transaction() as connection:
        mine = select(WORKERS.c.labels).where(WORKERS.c.id == worker, WORKERS.c.user == user.id)
        labels = connection.execute(mine).scalar_one_or_none()
        if labels is None:
            return None
        for job in _waiting(connection):
            is_mine = job.state == TAKEN and job.worker == worker
            fits = job.state == "OPEN" and job.user.id == user.id and set(job.runs_on) <= set(labels)
            if (is_mine or fits) and _moved(connection, job, TAKEN, worker):
                return job
    return None


def _moved(connection: Connection, job: Job, state: str, worker: str | None) -> bool:
    as_found = (TABLE.c.id == job.id) & (TABLE.c.state == job.state)
    if job.state == TAKEN:
        as_found &= TABLE.c.worker == job.worker
    moved = update(TABLE).where(as_found).values(state=state, worker=worker, changed=now_ms())
    return bool(connection.execute(moved).rowcount)


@contextmanager
def made_by_worker(id: str, worker: str, dagster_run: str) -> Iterator[bool]:
    """The block makes the record of the run in Dagster, where this yields True: the job is still this worker's.

    Nobody can take the job over meanwhile. The job becomes a run with the end of the block, as by `begin_run`.
    """
    with catalog_transaction() as connection:
        is_mine = _has_taken(connection, id, worker)
        yield is_mine
        if is_mine:
            _begin(connection, id, dagster_run, *BEGIN)


def end_taken_job(id: str, worker: str, state: str, message: str) -> None:
    """It becomes a run that has ended before it began, where it is still this worker's."""
    with catalog_transaction() as connection:
        if _has_taken(connection, id, worker):
            _begin(connection, id, None, state, message)


def give_job_back(id: str, worker: str) -> None:
    """It waits again, where it is still this worker's."""
    with catalog_transaction() as connection:
        if _has_taken(connection, id, worker):
            connection.execute(update(TABLE).where(TABLE.c.id == id).values(state="OPEN", worker=None))


def _has_taken(connection: Connection, id: str, worker: str) -> bool:
    """It stays so until the end of the transaction."""
    query = select(TABLE.c.state, TABLE.c.worker).where(TABLE.c.id == id).with_for_update()
    row = connection.execute(query).one_or_none()
    return row is not None and (row.state, row.worker) == (TAKEN, worker)


def begin_run(id: str, dagster_run: str | None, state: str = BEGIN[0], message: str = BEGIN[1]) -> bool:
    """The job has become a run, whose record is there from now on; whether somebody still wants it.

    Once is enough, and more than once does no harm. dagster_run: None where there can be none.
    """
    with catalog_transaction() as connection:
        return _begin(connection, id, dagster_run, state, message)


def _begin(connection: Connection, id: str, dagster_run: str | None, state: str, message: str) -> bool:
    now = now_ms()
    begun = update(TABLE).where(TABLE.c.id == id, TABLE.c.state.in_(WAITING)).values(state="DONE", changed=now)
    if not connection.execute(begun).rowcount:
        found = connection.execute(select(TABLE.c.state).where(TABLE.c.id == id)).scalar_one_or_none()
        return found == "DONE"
    job = connection.execute(select(TABLE).where(TABLE.c.id == id)).one()
    connection.execute(
        insert(PLATFORM_RUNS).values(
            id=new_id(),
            dataset=job.dataset,
            scheduled=id,
            config=job.config,
            user=job.user,
            state=state,
            message=message,
            dagster_run=dagster_run,
            folder=None,
            archived=False,
            created=now,
            changed=now,
        )
    )
    return True
