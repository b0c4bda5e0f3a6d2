"""Jobs that wait for a run. Whatever is restarted when, each becomes one run: Dagster makes no two of one run key.

OPEN: waits. LOCKED: Dagster was asked for the run. DONE: the run is there, and has a record of its own, made in the
same transaction. CANCELED: nobody wants it any more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, case, insert, select, update

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

SCHEDULED_TAG = "winnow/scheduled_run"  # of a Dagster run: the id of its job
PRIORITIES = ("CRITICAL", "HIGH", "MID", "LOW")
WAITING = ("OPEN", "LOCKED")

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
    """What the sensor has to know of a job.

    user: who scheduled it. dataset: its id; key: that in the catalog. worker: one that has all labels, None where there
    is none; empty where none is asked for.
    """

    id: str
    state: str
    user: User
    dataset: str
    key: str
    dictionaries: Dictionaries
    worker: str | None


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


def scheduled_runs(dataset: str, states: Iterable[str] = WAITING) -> list[ScheduledRun]:
    """Of a dataset, oldest first."""
    return _found(TABLE.c.dataset == dataset, TABLE.c.state.in_(list(states)))


def find_scheduled_run(dataset: str, id: str) -> ScheduledRun | None:
    found = _found(TABLE.c.dataset == dataset, TABLE.c.id == id)
    return found[0] if found else None


def _found(*conditions: ColumnElement[bool]) -> list[ScheduledRun]:
    with catalog_reading() as connection:
        rows = connection.execute(select(*_COLUMNS).where(*conditions).order_by(TABLE.c.created, TABLE.c.id))
        return [ScheduledRun(*row) for row in rows]


def cancel_scheduled_run(id: str) -> bool:
    """Whether somebody wanted it until now. If it is a run already, `canceled_jobs` has that run stopped."""
    with catalog_transaction() as connection:
        wanted = update(TABLE).where(TABLE.c.id == id, TABLE.c.state != "CANCELED")
        return bool(connection.execute(wanted.values(state="CANCELED", changed=now_ms())).rowcount)


def canceled_jobs(ids: Iterable[str]) -> set[str]:
    """Which of these nobody wants any more."""
    with catalog_reading() as connection:
        query = select(TABLE.c.id).where(TABLE.c.id.in_(list(ids)), TABLE.c.state == "CANCELED")
        return set(connection.execute(query).scalars())


def waiting_jobs() -> list[Job]:
    """Of all users, the most urgent first, then the oldest."""
    urgency = case(*((TABLE.c.priority == name, place) for place, name in enumerate(PRIORITIES)), else_=len(PRIORITIES))
    query = (
        select(
            TABLE.c.id,
            TABLE.c.state,
            TABLE.c.runs_on,
            TABLE.c.user,
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
    with catalog_reading() as connection:
        workers = connection.execute(select(WORKERS.c.id, WORKERS.c.user, WORKERS.c.labels)).all()
        return [
            Job(
                row.id,
                row.state,
                User(row.user, row.email, row.user_created),
                row.dataset,
                row.key,
                row.dictionaries,
                _worker(row, workers),
            )
            for row in connection.execute(query)
        ]


def _worker(job: Any, workers: Sequence[Any]) -> str | None:
    mine = (each for each in workers if each.user == job.user and set(job.runs_on) <= set(each.labels))
    first = next(mine, None)
    return first.id if first else None if job.runs_on else ""


def lock_job(id: str, worker: str) -> bool:
    """Before Dagster is asked for its run. Whether somebody still wants it."""
    with catalog_transaction() as connection:
        waits = update(TABLE).where(TABLE.c.id == id, TABLE.c.state.in_(WAITING))
        return bool(connection.execute(waits.values(state="LOCKED", worker=worker or None, changed=now_ms())).rowcount)


def begin_run(id: str, dagster_run: str | None, state: str = BEGIN[0], message: str = BEGIN[1]) -> bool:
    """The job has become a run, whose record is there from now on; whether somebody still wants it.

    Once is enough, and more than once does no harm. dagster_run: None where there can be none.
    """
    now = now_ms()
    with catalog_transaction() as connection:
        taken = update(TABLE).where(TABLE.c.id == id, TABLE.c.state.in_(WAITING)).values(state="DONE", changed=now)
        if not connection.execute(taken).rowcount:
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
