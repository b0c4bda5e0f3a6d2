"""Which custom metadata of a dataset is shown and how: named lists of entries, as the API spells them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import METADATA_CONFIGS
from resources.platform.ids import new_id, now_ms
from resources.platform.samples import locked_dataset

Entry = Mapping[str, Any]


def store_metadata_config(dataset_id: str, name: str, entries: Sequence[Entry]) -> str:
    """In place of an earlier one of this name; the id. Raises PlatformError DATASET_UNKNOWN."""
    table = METADATA_CONFIGS
    with catalog_transaction() as connection:
        locked_dataset(connection, dataset_id)
        values = {"configs": list(entries), "created": now_ms()}
        same = (table.c.dataset == dataset_id) & (table.c.name == name)
        replaced = update(table).where(same).values(values).returning(table.c.id)
        id = connection.execute(replaced).scalar_one_or_none()
        if id is None:
            id = new_id()
            connection.execute(insert(table).values(id=id, dataset=dataset_id, name=name, **values))
    return str(id)


def metadata_configs(dataset_id: str) -> dict[str, list[Entry]]:
    """Entries by name."""
    table = METADATA_CONFIGS
    query = select(table.c.name, table.c.configs).where(table.c.dataset == dataset_id).order_by(table.c.name)
    with catalog_reading() as connection:
        return {name: list(configs) for name, configs in connection.execute(query)}
