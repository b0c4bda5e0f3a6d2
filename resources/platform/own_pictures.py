"""Pictures that the server itself keeps: those of datasets that a command has uploaded, which have no other place."""

import shutil
from pathlib import Path

from sqlalchemy import select

from configs.errors import InputError
from resources.catalog.database import catalog_reading, catalog_transaction, insert_into
from resources.catalog.platform_schema import DATASOURCES, PLATFORM_DATASETS
from resources.home import home
from resources.platform.ids import ID, new_id, now_ms

FOLDER = "platform_pictures"  # of the state folder, with a folder for each dataset
TYPE = "LIGHTLY"  # of the datasource, as the old platform called a storage of its own


def own_folder(dataset_id: str) -> Path:
    """It need not be there. Raises InputError for what is no id."""
    if not ID.fullmatch(dataset_id):
        raise InputError(f"{dataset_id!a} is no id of a dataset")
    return home() / FOLDER / dataset_id


def own_file(path: str) -> Path | None:
    """The file without links, where it is a regular one of these pictures; else None, as where there is none."""
    try:
        real = Path(path).resolve(strict=True)
    except (OSError, ValueError):
        return None
    return real if real.is_file() and real.is_relative_to((home() / FOLDER).resolve()) else None


def keep_own_pictures(dataset_id: str) -> None:
    """The server's storage becomes the dataset's input, unless it has another one already."""
    config = {"type": TYPE, "purpose": "INPUT", "fullPath": dataset_id}
    values = {"dataset": dataset_id, "purpose": "INPUT", "id": new_id(), "config": config, "changed": now_ms()}
    with catalog_transaction() as connection:
        connection.execute(insert_into(DATASOURCES, connection).values(values).on_conflict_do_nothing())


def own_input(key: str) -> str:
    """The folder where the server keeps the pictures of a dataset of the catalog; empty where it keeps none."""
    query = select(DATASOURCES.c.config).join(PLATFORM_DATASETS, PLATFORM_DATASETS.c.id == DATASOURCES.c.dataset)
    query = query.where(PLATFORM_DATASETS.c.dataset == key, DATASOURCES.c.purpose == "INPUT")
    with catalog_reading() as connection:
        config = connection.execute(query).scalar_one_or_none()
    return str(own_folder(config["fullPath"])) if config and config["type"] == TYPE else ""


def remove_own_pictures(dataset_id: str) -> None:
    shutil.rmtree(own_folder(dataset_id), ignore_errors=True)
