"""What runs are asked to do: the three dictionaries, in the spelling of `winnow run`, as they were given."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import WORKER_CONFIGS
from resources.platform.ids import new_id, now_ms
from resources.platform.users import User

Dictionaries = dict[str, dict[str, Any] | None]
NAMES = ("worker_config", "selection_config", "lightly_config")


@dataclass(frozen=True)
class WorkerConfig:
    id: str
    user: str
    dictionaries: Dictionaries


def store_worker_config(user: User, version: str, dictionaries: Dictionaries) -> str:
    """Its id."""
    id = new_id()
    with catalog_transaction() as connection:
        connection.execute(
            insert(WORKER_CONFIGS).values(id=id, user=user.id, version=version, config=dictionaries, created=now_ms())
        )
    return id


def find_worker_config(user: User, id: str) -> WorkerConfig | None:
    """Of this user."""
    with catalog_reading() as connection:
        query = select(WORKER_CONFIGS).where(WORKER_CONFIGS.c.id == id, WORKER_CONFIGS.c.user == user.id)
        row = connection.execute(query).one_or_none()
    return WorkerConfig(row.id, row.user, row.config) if row else None
