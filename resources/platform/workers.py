"""Workers that scripts register. Their work is done by this server: a job begins where a worker has all its labels."""

from collections.abc import Collection
from dataclasses import dataclass, fields

from sqlalchemy import delete, insert, select, update

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import PLATFORM_RUNS, SCHEDULED_RUNS, WORKERS
from resources.platform.ids import new_id, now_ms
from resources.platform.run_states import ENDS
from resources.platform.users import User


@dataclass(frozen=True)
class Worker:
    """is_busy: a run is at work that this worker has taken."""

    id: str
    user: str
    name: str
    type: str
    labels: list[str]
    version: str | None
    created: int
    changed: int
    is_busy: bool


_COLUMNS = [WORKERS.c[each.name] for each in fields(Worker) if each.name != "is_busy"]


def register_worker(user: User, name: str, kind: str, labels: Collection[str], version: str | None) -> str:
    """The id: that of the user's worker of this name, where there is one, which has these labels now."""
    now, chosen = now_ms(), sorted(set(labels))
    with catalog_transaction() as connection:
        of_name = (WORKERS.c.user == user.id) & (WORKERS.c.name == name)
        known = connection.execute(select(WORKERS.c.id).where(of_name)).scalar_one_or_none()
        if known:
            changed = update(WORKERS).where(of_name)
            connection.execute(changed.values(type=kind, labels=chosen, version=version, changed=now))
            return str(known)
        id = new_id()
        connection.execute(
            insert(WORKERS).values(
                id=id,
                user=user.id,
                name=name,
                type=kind,
                labels=chosen,
                version=version,
                seen=None,
                created=now,
                changed=now,
            )
        )
        return id


def workers_of(user: User) -> list[Worker]:
    """Oldest first."""
    busy = (
        select(SCHEDULED_RUNS.c.worker)
        .join(PLATFORM_RUNS, PLATFORM_RUNS.c.scheduled == SCHEDULED_RUNS.c.id)
        .where(PLATFORM_RUNS.c.state.not_in(ENDS), SCHEDULED_RUNS.c.worker.is_not(None))
    )
    with catalog_reading() as connection:
        at_work = set(connection.execute(busy).scalars())
        query = select(*_COLUMNS).where(WORKERS.c.user == user.id).order_by(WORKERS.c.created, WORKERS.c.id)
        return [Worker(**row._mapping, is_busy=row.id in at_work) for row in connection.execute(query)]


def remove_worker(user: User, id: str) -> bool:
    """Whether there was one."""
    with catalog_transaction() as connection:
        return bool(connection.execute(delete(WORKERS).where(WORKERS.c.id == id, WORKERS.c.user == user.id)).rowcount)
