"""How far each dataset is with what begins by itself: the new files that wait, the runs begun for them, the last cron.

It outlives the process that watches: whatever is stopped, the next look goes on from here.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from sqlalchemy import select

from resources.catalog.database import catalog_transaction, insert_into
from resources.catalog.schema import DATASETS, WATCHES

Status = Literal["idle", "waiting", "running", "failed", "unreachable"]


@dataclass(frozen=True)
class WatchState:
    """Times are seconds since 1970.

    digest, files: of the files that are new; the digest is empty where none is.
    since: when the first of them was seen. changed: when the last of them was.
    run_key: of the run that was begun for them; empty where none was. attempts: how many were, for these files.
    retry_at: before this time no further one begins.
    gave_up: the runs begun for them have failed, and no further one begins until others arrive, or somebody mends it.
    done: digest of the files that a run has dealt with as far as it could: some of them could not be read.
    status, message: for people. blind_since: when the dataset could not be looked at for the first time in a row.
    late: that this went on for too long was said, see `plan.is_late`.
    cron: the expression and time zone that the following are for. cron_at: the last of its times that was dealt with.
        cron_key: of the run that is asked for, until it is there.
    """

    status: Status = "idle"
    message: str = ""
    digest: str = ""
    files: int = 0
    since: float = 0.0
    changed: float = 0.0
    run_key: str = ""
    attempts: int = 0
    retry_at: float = 0.0
    gave_up: bool = False
    done: str = ""
    blind_since: float = 0.0
    late: bool = False
    cron: str = ""
    cron_at: float = 0.0
    cron_key: str = ""


def watch_states() -> dict[str, WatchState]:
    """By dataset; those without one have not been looked at yet."""
    with catalog_transaction() as connection:
        return {row.dataset: WatchState(**row.state) for row in connection.execute(select(WATCHES))}


def begin_anew(dataset: str) -> None:
    """Forget how earlier runs ended: somebody has mended something."""
    old = watch_states().get(dataset)
    if old:
        store_watch_states(
            {dataset: replace(old, status="idle", message="", attempts=0, retry_at=0.0, gave_up=False, done="")}
        )


def store_watch_states(states: Mapping[str, WatchState]) -> None:
    """All or none. Datasets that are gone by now are left out."""
    with catalog_transaction() as connection:
        there = set(connection.execute(select(DATASETS.c.name).where(DATASETS.c.name.in_(states))).scalars())
        rows = [{"dataset": name, "state": asdict(state)} for name, state in states.items() if name in there]
        if rows:
            row = insert_into(WATCHES, connection)
            connection.execute(
                row.on_conflict_do_update(index_elements=["dataset"], set_={"state": row.excluded.state}), rows
            )
