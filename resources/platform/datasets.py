"""The platform's datasets. Behind each stands one of the catalog, which is a partition in Dagster.

A dataset belongs to a user, and is visible to those whose address it is shared with. Names are unique per owner; the
key in the catalog is made of the name, and of digits of the id where the name is taken.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from dagster import DagsterInstance
from sqlalchemy import ColumnElement, bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from configs.dataset_key import PARTITIONS, dataset_key
from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.datasets import find_dataset, insert_if_new, remove_datasets
from resources.catalog.platform_schema import ACCESS, PLATFORM_DATASETS, SHARES
from resources.platform.errors import PlatformError
from resources.platform.ids import new_id, now_ms
from resources.platform.own_pictures import remove_own_pictures
from resources.platform.users import User

TABLE = PLATFORM_DATASETS


class NameTakenError(Exception):
    """The owner has a dataset of this name."""


@dataclass(frozen=True)
class PlatformDataset:
    """dataset: its key in the catalog. samples: how many; size: their bytes. processed_until: seconds, others ms."""

    id: str
    dataset: str
    owner: str
    name: str
    type: str
    img_type: str
    creator: str
    parent: str | None
    processed_until: int
    samples: int
    size: int
    created: int
    changed: int


@dataclass(frozen=True)
class Access:
    """Whom a dataset is shared with, by e-mail address."""

    id: str
    users: tuple[str, ...]
    teams: tuple[str, ...]
    created: int
    changed: int


_COLUMNS = [TABLE.c[each.name] for each in fields(PlatformDataset)]


def create_dataset(
    instance: DagsterInstance,
    owner: User,
    name: str,
    *,
    type: str,
    img_type: str = "full",
    creator: str = "UNKNOWN",
    parent: str | None = None,
) -> PlatformDataset:
    """Raises NameTakenError."""
    id, now = new_id(), now_ms()
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-_")[:80] or "dataset"
    for key in (dataset_key(words), dataset_key(f"{words}-{id[:8]}")):
        made = PlatformDataset(id, key, owner.id, name, type, img_type, creator, parent, 0, 0, 0, now, now)
        instance.add_dynamic_partitions(PARTITIONS, [key])  # first: a row without a partition would be removed
        try:
            with catalog_transaction() as connection:
                is_new = insert_if_new(connection, key, {}, "videos" if type == "Videos" else "images")
                if is_new:
                    connection.execute(insert(TABLE).values(vars(made)))
                    return made
        except IntegrityError as error:
            if find_dataset(key) is None:
                instance.delete_dynamic_partition(PARTITIONS, key)
            raise NameTakenError(name) from error
    raise AssertionError("the second key holds digits that nobody else has")


def own_datasets(user: User) -> list[PlatformDataset]:
    """Oldest first."""
    return _found(TABLE.c.owner == user.id)


def shared_datasets(user: User) -> list[PlatformDataset]:
    """Those of others that are shared with the user."""
    return _found(_is_shared(user), TABLE.c.owner != user.id)


def visible_dataset(user: User, id: str) -> PlatformDataset | None:
    """None for one that does not exist, or is not the user's to see."""
    with catalog_reading() as connection:
        row = connection.execute(_VISIBLE, {"of_id": id, "of_user": user.id, "of_email": user.email}).one_or_none()
    return PlatformDataset(*row) if row else None


def dataset_of_partition(key: str) -> PlatformDataset | None:
    """The platform's dataset behind which this one of the catalog stands. None where it has none."""
    found = _found(TABLE.c.dataset == key)
    return found[0] if found else None


def existing_dataset(id: str) -> PlatformDataset:
    """Whoever it belongs to. Raises PlatformError DATASET_UNKNOWN."""
    found = _found(TABLE.c.id == id)
    if not found:
        raise PlatformError("DATASET_UNKNOWN", f"there is no dataset {id}")
    return found[0]


def _is_shared(user: User) -> ColumnElement[bool]:
    return _shared_with(user.email)


def _shared_with(email: Any) -> ColumnElement[bool]:
    return exists().where(SHARES.c.dataset == TABLE.c.id, SHARES.c.email == email)


_VISIBLE = select(*_COLUMNS).where(  # asked with most requests: made once
    TABLE.c.id == bindparam("of_id"),
    or_(TABLE.c.owner == bindparam("of_user"), _shared_with(bindparam("of_email"))),
)


def _found(*conditions: ColumnElement[bool]) -> list[PlatformDataset]:
    query = select(*_COLUMNS).where(*conditions).order_by(TABLE.c.created, TABLE.c.id)
    with catalog_reading() as connection:
        return [PlatformDataset(*row) for row in connection.execute(query)]


def change_dataset(id: str, **values: Any) -> None:
    """Fields of a dataset, and when it was changed."""
    with catalog_transaction() as connection:
        connection.execute(update(TABLE).where(TABLE.c.id == id).values(**values, changed=now_ms()))


def delete_dataset(instance: DagsterInstance, dataset: PlatformDataset) -> None:
    """With all that is known of it, and the pictures that the server keeps of it; no other, and no result of a run."""
    remove_datasets([dataset.dataset])
    remove_own_pictures(dataset.id)
    instance.delete_dynamic_partition(PARTITIONS, dataset.dataset)


def access_of(dataset: PlatformDataset) -> Access | None:
    """None where it was never shared."""
    with catalog_reading() as connection:
        row = connection.execute(select(ACCESS).where(ACCESS.c.dataset == dataset.id)).one_or_none()
        emails = connection.execute(
            select(SHARES.c.email).where(SHARES.c.dataset == dataset.id).order_by(SHARES.c.email)
        ).scalars()
        return Access(row.id, tuple(emails), tuple(row.teams), row.created, row.changed) if row else None


def share(dataset: PlatformDataset, emails: Collection[str], teams: Collection[str] = ()) -> str:
    """With these addresses, and no others any more; the id of the rule. Users may be added later."""
    now = now_ms()
    with catalog_transaction() as connection:
        connection.execute(delete(SHARES).where(SHARES.c.dataset == dataset.id))
        if rows := [{"dataset": dataset.id, "email": email} for email in sorted(set(emails))]:
            connection.execute(insert(SHARES), rows)
        known = connection.execute(select(ACCESS.c.id).where(ACCESS.c.dataset == dataset.id)).scalar_one_or_none()
        id = known or new_id()
        if known:
            connection.execute(update(ACCESS).where(ACCESS.c.id == id).values(teams=sorted(set(teams)), changed=now))
        else:
            values = {"id": id, "dataset": dataset.id, "teams": sorted(set(teams)), "created": now, "changed": now}
            connection.execute(insert(ACCESS).values(values))
    return id
