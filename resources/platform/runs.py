"""Runs of the platform's jobs, as their users see them: a state, a message, artifacts."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, bindparam, select, update

from resources.catalog.database import catalog_reading, catalog_transaction, insert_into
from resources.catalog.platform_schema import ARTIFACTS, PLATFORM_RUNS, SHARES
from resources.platform.ids import new_id, now_ms
from resources.platform.run_states import ENDS
from resources.platform.users import User

TABLE = PLATFORM_RUNS
TEXT = 1000  # characters of a message


@dataclass(frozen=True)
class PlatformRun:
    id: str
    dataset: str
    scheduled: str
    config: str
    user: str
    state: str
    message: str | None
    dagster_run: str | None
    folder: str | None
    archived: bool
    created: int
    changed: int


@dataclass(frozen=True)
class Artifact:
    """place: a path, or a key in a bucket with its scheme."""

    id: str
    run: str
    type: str
    file_name: str
    place: str
    created: int


_COLUMNS = [TABLE.c[each.name] for each in fields(PlatformRun)]
_OF_JOB = select(*_COLUMNS).where(  # what clients poll: made once
    TABLE.c.scheduled == bindparam("of_job"),
    (TABLE.c.user == bindparam("of_user"))
    | TABLE.c.dataset.in_(select(SHARES.c.dataset).where(SHARES.c.email == bindparam("of_email"))),
)
_ARTIFACTS = (
    select(ARTIFACTS)
    .where(ARTIFACTS.c.run.in_(bindparam("of_runs", expanding=True)))
    .order_by(ARTIFACTS.c.created, ARTIFACTS.c.file_name)
)


def visible_runs(user: User, *conditions: ColumnElement[bool]) -> list[PlatformRun]:
    """Of the user, and of datasets that are shared with them; oldest first."""
    shared = select(SHARES.c.dataset).where(SHARES.c.email == user.email)
    is_visible = (TABLE.c.user == user.id) | TABLE.c.dataset.in_(shared)
    return _found(is_visible, *conditions)


def run_of_job(user: User, scheduled: str) -> PlatformRun | None:
    with catalog_reading() as connection:
        asked = {"of_job": scheduled, "of_user": user.id, "of_email": user.email}
        row = connection.execute(_OF_JOB, asked).one_or_none()
    return PlatformRun(*row) if row else None


def visible_run(user: User, id: str) -> PlatformRun | None:
    found = visible_runs(user, TABLE.c.id == id)
    return found[0] if found else None


def runs_of_dataset(dataset: str) -> list[PlatformRun]:
    return _found(TABLE.c.dataset == dataset)


def last_runs(datasets: Iterable[str], most: int, *, ended: bool) -> list[PlatformRun]:
    """Of these datasets, those that have ended or those that have not, the newest first; at most so many."""
    has_ended = TABLE.c.state.in_(ENDS) if ended else TABLE.c.state.not_in(ENDS)
    query = select(*_COLUMNS).where(TABLE.c.dataset.in_(list(datasets)), has_ended)
    with catalog_reading() as connection:
        rows = connection.execute(query.order_by(TABLE.c.changed.desc(), TABLE.c.id).limit(most))
        return [PlatformRun(*row) for row in rows]


def runs_at_work() -> list[PlatformRun]:
    """Of all users: those that have not ended."""
    return _found(TABLE.c.state.not_in(ENDS))


def run_of_scheduled(scheduled: str) -> PlatformRun | None:
    """Whoever asks."""
    found = _found(TABLE.c.scheduled == scheduled)
    return found[0] if found else None


def _found(*conditions: ColumnElement[bool]) -> list[PlatformRun]:
    with catalog_reading() as connection:
        rows = connection.execute(select(*_COLUMNS).where(*conditions).order_by(TABLE.c.created, TABLE.c.id))
        return [PlatformRun(*row) for row in rows]


def report_state(scheduled: str, state: str, message: str, **values: str) -> None:
    """What the run of a job does now. One that has ended stays as it is."""
    at_work = update(TABLE).where(TABLE.c.scheduled == scheduled, TABLE.c.state.not_in(ENDS))
    with catalog_transaction() as connection:
        connection.execute(at_work.values(state=state, message=message[:TEXT], changed=now_ms(), **values))


def add_artifacts(run: str, found: Iterable[tuple[str, str, str]]) -> None:
    """Of each: type, file name, place. Those of these names that are there already stay."""
    now = now_ms()
    rows = [
        {"id": new_id(), "run": run, "type": kind, "file_name": name, "place": place, "created": now}
        for kind, name, place in found
    ]
    if rows:
        with catalog_transaction() as connection:
            connection.execute(insert_into(ARTIFACTS, connection).on_conflict_do_nothing(), rows)


def artifacts_of(runs: Iterable[str]) -> dict[str, list[Artifact]]:
    """By run, oldest first."""
    wanted = list(runs)
    found: dict[str, list[Artifact]] = {run: [] for run in wanted}
    with catalog_reading() as connection:
        for row in connection.execute(_ARTIFACTS, {"of_runs": wanted}):
            found[row.run].append(Artifact(row.id, row.run, row.type, row.file_name, row.place, row.created))
    return found
