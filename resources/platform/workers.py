"""Workers that scripts register. A job begins where a worker has all its labels.

The work of those that nobody has started is done by this server. A process that joins as a worker does that worker's
work itself; when it was not seen for a minute, the server does it again.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields

from sqlalchemy import delete, insert, select, update

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import PLATFORM_RUNS, SCHEDULED_RUNS, WORKERS
from resources.platform.ids import new_id, now_ms
from resources.platform.run_states import ENDS
from resources.platform.users import User

GONE_AFTER = 60_000  # ms without a sign of life
LEFT = 0  # as the last sign of life of a worker that has said goodbye


@dataclass(frozen=True)
class Worker:
    """seen: its last sign of life, ms; None: nobody has started it. is_busy: a run is at work that it has taken."""

    id: str
    user: str
    name: str
    type: str
    labels: list[str]
    version: str | None
    seen: int | None
    created: int
    changed: int
    is_busy: bool

    def is_there(self) -> bool:
        """Whether a process works as this worker now."""
        return is_seen(self.seen)

    def is_gone(self) -> bool:
        """Whether there was one once."""
        return self.seen is not None and not self.is_there()


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


def is_seen(seen: int | None) -> bool:
    return seen is not None and now_ms() - seen < GONE_AFTER


def find_worker(user: User, id: str) -> Worker | None:
    """Of this user."""
    return next((each for each in workers_of(user) if each.id == id), None)


def show_life(id: str) -> bool:
    """The worker is seen now. Whether there still is such a worker."""
    return _seen(id, now_ms())


def leave(id: str) -> None:
    """Nobody works as this worker any more: its jobs are the server's at once."""
    _seen(id, LEFT)


def _seen(id: str, moment: int) -> bool:
    with catalog_transaction() as connection:
        return bool(connection.execute(update(WORKERS).where(WORKERS.c.id == id).values(seen=moment)).rowcount)


def remove_worker(user: User, id: str) -> bool:
    """Whether there was one."""
    with catalog_transaction() as connection:
        return bool(connection.execute(delete(WORKERS).where(WORKERS.c.id == id, WORKERS.c.user == user.id)).rowcount)
