"""Datasets in the catalog: settings, and sealed credentials of the buckets that they lie in.

Stored is what somebody named (see `configs.run_settings.Named`), never a default: defaults may improve.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from configs.automation import Automation
from configs.credentials.kinds import Credentials, credentials_of
from configs.errors import InputError
from configs.run_settings import Named
from resources.catalog.database import catalog_transaction, insert_into
from resources.catalog.platform_schema import PLATFORM_DATASETS
from resources.catalog.schema import CREDENTIALS, DATASETS, PROCESSED_FILES, WATCHES
from resources.catalog.sealed import CannotUnsealError, seal, unseal

Purpose = Literal["INPUT", "LIGHTLY"]
IMAGES = "images"


@dataclass(frozen=True)
class Dataset:
    """places: of each purpose that has credentials of its own, the bucket that they are for. thumbnail_suffix: see
    `configs.thumbnail_suffix`; empty: no thumbnails; None: nobody has said it, and there are none either."""

    name: str
    type: str
    settings: Named
    created: datetime
    changed: datetime
    automation: Automation
    places: Mapping[str, str] = field(default_factory=dict)
    thumbnail_suffix: str | None = None


def all_datasets() -> list[Dataset]:
    """By name."""
    with catalog_transaction() as connection:
        places: dict[str, dict[str, str]] = {}
        for row in connection.execute(select(CREDENTIALS.c.dataset, CREDENTIALS.c.purpose, CREDENTIALS.c.place)):
            places.setdefault(row.dataset, {})[row.purpose] = row.place
        rows = connection.execute(select(DATASETS).order_by(DATASETS.c.name))
        return [_dataset(row, places.get(row.name, {})) for row in rows]


def find_dataset(name: str) -> Dataset | None:
    with catalog_transaction() as connection:
        row = connection.execute(select(DATASETS).where(DATASETS.c.name == name)).one_or_none()
        if row is None:
            return None
        of_dataset = select(CREDENTIALS.c.purpose, CREDENTIALS.c.place).where(CREDENTIALS.c.dataset == name)
        return _dataset(row, {each.purpose: each.place for each in connection.execute(of_dataset)})


def _dataset(row: Row[Any], places: Mapping[str, str]) -> Dataset:
    return Dataset(**{**row._mapping, "automation": Automation(**row.automation)}, places=places)


def add_dataset(name: str, settings: Named, kind: str = IMAGES) -> None:
    """Raises InputError where there is one of this name that has settings: a partition added in the UI has none."""
    with catalog_transaction() as connection:
        if not insert_if_new(connection, name, settings, kind):
            if connection.execute(select(DATASETS.c.settings).where(DATASETS.c.name == name)).scalar_one():
                raise InputError(f"dataset {name} exists already; use winnow datasets edit {name}, or another name")
            replace_settings(connection, name, settings, type=kind)


def store_settings(name: str, settings: Named) -> None:
    """Replace the settings of a dataset, which is added where it is new."""
    with catalog_transaction() as connection:
        if not insert_if_new(connection, name, settings, IMAGES):
            replace_settings(connection, name, settings)


def store_automation(name: str, automation: Automation) -> None:
    """Replace when runs of a dataset begin by themselves."""
    with catalog_transaction() as connection:
        named = automation.model_dump(exclude_defaults=True)
        connection.execute(update(DATASETS).where(DATASETS.c.name == name).values(automation=named))


def store_thumbnail_suffix(name: str, suffix: str | None) -> None:
    """Replace the name under which thumbnails lie in the LIGHTLY place of a dataset."""
    with catalog_transaction() as connection:
        connection.execute(update(DATASETS).where(DATASETS.c.name == name).values(thumbnail_suffix=suffix))


def thumbnail_suffix_of(name: str) -> str:
    """That of a dataset; empty where it has none, or is not in the catalog."""
    with catalog_transaction() as connection:
        found = connection.execute(select(DATASETS.c.thumbnail_suffix).where(DATASETS.c.name == name))
        return found.scalar_one_or_none() or ""


def add_missing(names: Collection[str]) -> None:
    """Datasets without settings, where there are none of these names yet."""
    with catalog_transaction() as connection:
        for name in sorted(names):
            insert_if_new(connection, name, {}, IMAGES)


def remove_datasets(names: Collection[str]) -> None:
    """With their credentials, and what is known of their files. Those that are not there are not missed."""
    with catalog_transaction() as connection:
        for table in (CREDENTIALS, PROCESSED_FILES, WATCHES):
            connection.execute(delete(table).where(table.c.dataset.in_(names)))
        connection.execute(delete(DATASETS).where(DATASETS.c.name.in_(names)))


def store_credentials(name: str, purpose: Purpose, place: str, credentials: Credentials | None) -> None:
    """Seal the credentials of a bucket in place of earlier ones; None removes them. The dataset must be there.

    place: the bucket, as `resources.stores.location.BucketLocation.place` names it.
    """
    sealed = seal(credentials.revealed()) if credentials else None
    with catalog_transaction() as connection:
        replace_credentials(connection, name, purpose, place, sealed)


def replace_credentials(connection: Connection, name: str, purpose: Purpose, place: str, sealed: bytes | None) -> None:
    """As `store_credentials`, within a transaction, with what was sealed before it."""
    old = (CREDENTIALS.c.dataset == name) & (CREDENTIALS.c.purpose == purpose)
    connection.execute(delete(CREDENTIALS).where(old))
    if sealed is not None:
        connection.execute(insert(CREDENTIALS).values(dataset=name, purpose=purpose, place=place, sealed=sealed))


def credentials_for(name: str, purpose: Purpose, place: str) -> Credentials | None:
    """Those of a dataset, if it has some for this very bucket: a run that is sent elsewhere does not take them along.

    A dataset of the platform is somebody's who may not know the credentials of the environment, and never gets them.
    Raises InputError where it has none of its own, and where they cannot be unsealed.
    """
    with catalog_transaction() as connection:
        wanted = (CREDENTIALS.c.dataset == name) & (CREDENTIALS.c.purpose == purpose) & (CREDENTIALS.c.place == place)
        sealed = connection.execute(select(CREDENTIALS.c.sealed).where(wanted)).scalar_one_or_none()
        of_platform = select(PLATFORM_DATASETS.c.id).where(PLATFORM_DATASETS.c.dataset == name)
        if sealed is None and connection.execute(of_platform).one_or_none():
            raise InputError(f"dataset {name} has no credentials for {place} as its {purpose} place; give them with it")
    if sealed is None:
        return None
    try:
        return credentials_of(place.partition("://")[0], unseal(sealed), f"dataset {name}")
    except CannotUnsealError:
        raise InputError(
            f"dataset {name}: its credentials were sealed with another key; set WINNOW_SECRET_KEY to that one, or give "
            f"them again: winnow datasets edit {name} --{purpose.lower()}-credentials FILE"
        ) from None


def replace_settings(connection: Connection, name: str, settings: Named, **values: str) -> None:
    """Within a transaction."""
    changed = update(DATASETS).where(DATASETS.c.name == name)
    connection.execute(changed.values(settings=settings, changed=datetime.now(UTC), **values))


def insert_if_new(connection: Connection, name: str, settings: Named, kind: str) -> bool:
    """Within a transaction; whether it was new. On PostgreSQL, of two at once one waits for the other."""
    now = datetime.now(UTC)
    values = {"name": name, "type": kind, "settings": settings, "created": now, "changed": now}
    done = connection.execute(insert_into(DATASETS, connection).values(values).on_conflict_do_nothing())
    return bool(done.rowcount)
