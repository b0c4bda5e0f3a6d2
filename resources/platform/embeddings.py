"""Embeddings of a dataset: CSV files, made by runs or uploaded by users, who get an address to write to first."""

from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy import ColumnElement, insert, select, update

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import EMBEDDINGS
from resources.home import home
from resources.platform.creation_time import creation_time
from resources.platform.ids import new_id
from resources.platform.samples import locked_dataset

FOLDER = "embeddings"  # of the state folder: those that users upload


@dataclass(frozen=True)
class Embedding:
    """place: of the CSV, a file or an address in a bucket. processed: it was written whole. created: ms."""

    id: str
    dataset: str
    name: str
    place: str
    processed: bool
    created: int

    def is_there(self) -> bool:
        """Whether there is a CSV: an upload that was announced may never come."""
        return self.processed or Path(self.place).is_file()


_COLUMNS = [EMBEDDINGS.c[each.name] for each in fields(Embedding)]


def add_embedding(dataset_id: str, name: str, place: str) -> Embedding:
    """One that is there already, as a run has it. Raises PlatformError DATASET_UNKNOWN."""
    return _add(dataset_id, new_id(), name, place, True)


def expect_embedding(dataset_id: str, name: str) -> Embedding:
    """One that somebody is about to upload to its place, which nothing is written to yet. Raises as `add_embedding`."""
    id = new_id()
    return _add(dataset_id, id, name, str(home() / FOLDER / f"{id}.csv"), False)


def _add(dataset_id: str, id: str, name: str, place: str, processed: bool) -> Embedding:
    with catalog_transaction() as connection:
        locked_dataset(connection, dataset_id)
        created = creation_time(connection, EMBEDDINGS, dataset_id)
        embedding = Embedding(id, dataset_id, name, place, processed, created)
        connection.execute(insert(EMBEDDINGS).values(vars(embedding)))
    return embedding


def embeddings_of(dataset_id: str) -> list[Embedding]:
    """Newest first, those whose CSV is there."""
    return [each for each in _found(EMBEDDINGS.c.dataset == dataset_id) if each.is_there()]


def find_embedding(dataset_id: str, id: str) -> Embedding | None:
    """Whether its CSV is there or not."""
    found = _found(EMBEDDINGS.c.dataset == dataset_id, EMBEDDINGS.c.id == id)
    return found[0] if found else None


def mark_processed(id: str) -> None:
    with catalog_transaction() as connection:
        connection.execute(update(EMBEDDINGS).where(EMBEDDINGS.c.id == id).values(processed=True))


def _found(*conditions: ColumnElement[bool]) -> list[Embedding]:
    query = select(*_COLUMNS).where(*conditions).order_by(EMBEDDINGS.c.created.desc(), EMBEDDINGS.c.id)
    with catalog_reading() as connection:
        return [Embedding(*row) for row in connection.execute(query)]
