"""Where a dataset's samples lie, as its users named the place."""

from sqlalchemy import select

from resources.catalog.database import catalog_reading
from resources.catalog.platform_schema import DATASOURCES
from resources.platform.errors import PlatformError


def input_path(dataset_id: str) -> str:
    """Of the datasource with the samples, ending with a slash unless it is empty, such as `s3://bucket/folder/`.

    Raises PlatformError DATASET_DATASOURCE_UNKNOWN where the dataset has none.
    """
    table = DATASOURCES
    query = select(table.c.purpose, table.c.config).where(table.c.dataset == dataset_id)
    with catalog_reading() as connection:
        configs = {row.purpose: row.config for row in connection.execute(query)}
    config = configs.get("INPUT") or configs.get("INPUT_OUTPUT")
    if config is None:
        raise PlatformError("DATASET_DATASOURCE_UNKNOWN", "the dataset has no datasource with its samples")
    path = str(config["fullPath"])
    return path if not path or path.endswith("/") else f"{path}/"
