"""Where a dataset of the platform lies: a config per purpose, whose secrets are the catalog's credentials."""

from sqlalchemy import select

from resources.catalog.database import catalog_reading
from resources.catalog.platform_schema import DATASOURCES
from resources.platform.datasets import PlatformDataset


def datasource_ids(dataset: PlatformDataset) -> list[str]:
    """By purpose."""
    query = select(DATASOURCES.c.id).where(DATASOURCES.c.dataset == dataset.id).order_by(DATASOURCES.c.purpose)
    with catalog_reading() as connection:
        return list(connection.execute(query).scalars())
