"""Embeddings of a dataset: CSV files, made by runs or uploaded by users, who get an address to write to first."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, insert, select, update

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import EMBEDDINGS
from resources.home import home
from resources.platform.creation_time import creation_time
from resources.platform.ids import new_id
from resources.platform.samples import locked_dataset

FOLDER = "embeddings"  # of the state folder: those that users upload


@dataclass(frozen=True)
class Embedding:
    """place: of the CSV, a file or an address in a bucket. processed: it was written whole. model: id of the model that
    made the vectors, where it is known. created: ms."""

    id: str
    dataset: str
    name: str
    place: str
    processed: bool
    model: str | None
    created: int

    def is_there(self) -> bool:
        """Whether there is a CSV: an upload that was announced may never come."""
        return self.processed or Path(self.place).is_file()


_COLUMNS = [EMBEDDINGS.c[each.name] for each in fields(Embedding)]


def add_embedding(dataset_id: str, name: str, place: str, model: str | None = None) -> Embedding:
    """One that is there already. Raises PlatformError DATASET_UNKNOWN."""
    with catalog_transaction() as connection:
        return insert_embedding(connection, dataset_id, name, place, model)


def expect_embedding(dataset_id: str, name: str) -> Embedding:
    """One that somebody is about to upload to its place, which nothing is written to yet. Raises as `add_embedding`."""
    id = new_id()
    with catalog_transaction() as connection:
        return _add(connection, Embedding(id, dataset_id, name, str(home() / FOLDER / f"{id}.csv"), False, None, 0))


def insert_embedding(connection: Connection, dataset_id: str, name: str, place: str, model: str | None) -> Embedding:
    """As `add_embedding`, within a transaction."""
    return _add(connection, Embedding(new_id(), dataset_id, name, place, True, model, 0))


def _add(connection: Connection, new: Embedding) -> Embedding:
    locked_dataset(connection, new.dataset)
    embedding = replace(new, created=creation_time(connection, EMBEDDINGS, new.dataset))
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
