"""Tags: named sets of a dataset's samples. Each but the first comes from an earlier one, and is a leaf or has others.

Raised is PlatformError, by the codes of the API; `create_tag` says which.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from resources.catalog.database import catalog_reading, catalog_transaction, insert_into
from resources.catalog.platform_schema import PLATFORM_RUNS, TAGS
from resources.platform.bit_masks import BitMask
from resources.platform.creation_time import creation_time
from resources.platform.errors import PlatformError
from resources.platform.ids import new_id
from resources.platform.samples import locked_dataset, name_blocks

INITIAL_TAG = "initial-tag"
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9 .:;=@_-]{2,254}")
OPERATIONS: Mapping[str, Callable[[BitMask, BitMask], BitMask]] = {
    "UNION": BitMask.__or__,
    "INTERSECTION": BitMask.__and__,
    "DIFFERENCE": BitMask.__sub__,
}


@dataclass(frozen=True)
class NewTag:
    """total: samples that the dataset had when the mask was made.

    previous: id of the tag that this one comes from; query, preselected: ids of the tags that a selection chose from
    and had to keep; run: id of the run that made it. changes: as the API spells them.
    """

    name: str
    mask: BitMask
    total: int
    previous: str | None = None
    creator: str = "UNKNOWN"
    query: str | None = None
    preselected: str | None = None
    run: str | None = None
    changes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Tag(NewTag):
    """created, changed: ms."""

    id: str = ""
    dataset: str = ""
    created: int = 0
    changed: int = 0


def create_tag(dataset_id: str, new: NewTag) -> Tag:
    """Raises PlatformError, see `insert_tag`."""
    with catalog_transaction() as connection:
        return insert_tag(connection, dataset_id, new)


def insert_tag(connection: Connection, dataset_id: str, new: NewTag) -> Tag:
    """Within a transaction.

    Raises PlatformError: DATASET_UNKNOWN; DATASET_TAG_INVALID for a name that no tag may have, or a mask of more
    samples than there are; TAG_NAME_EXISTS; TAG_PREVTAG_NOT_IN_DATASET and its like for tags that it names.
    """
    samples = locked_dataset(connection, dataset_id)
    if not NAME.fullmatch(new.name):
        raise PlatformError("DATASET_TAG_INVALID", f"{new.name!a} is no name of a tag")
    if not new.mask.length() <= new.total <= samples:
        raise PlatformError(
            "DATASET_TAG_INVALID",
            f"the mask reaches to sample {new.mask.length()} of {new.total}; the dataset has {samples} samples",
        )
    for kind, id in (("PREVTAG", new.previous), ("QUERYTAG", new.query), ("PRESELECTEDTAG", new.preselected)):
        if id is not None and not _is_there(connection, dataset_id, id):
            raise PlatformError(f"TAG_{kind}_NOT_IN_DATASET", f"the dataset has no tag {id}")
    now = creation_time(connection, TAGS, dataset_id)
    tag = Tag(**vars(new), id=new_id(), dataset=dataset_id, created=now, changed=now)
    values = {name: value for name, value in vars(tag).items() if name != "mask"}
    row = insert_into(TAGS, connection).values(**values | {"bits": tag.mask.bits, "changes": list(tag.changes)})
    if not connection.execute(row.on_conflict_do_nothing(index_elements=["dataset", "name"])).rowcount:
        raise PlatformError("TAG_NAME_EXISTS", f"the dataset has a tag {new.name} already")
    return tag


def tags_of(dataset_id: str) -> list[Tag]:
    """Oldest first."""
    query = select(TAGS).where(TAGS.c.dataset == dataset_id).order_by(TAGS.c.created, TAGS.c.id)
    with catalog_reading() as connection:
        return [_tag(row) for row in connection.execute(query)]


def find_tag(dataset_id: str, id: str) -> Tag | None:
    with catalog_reading() as connection:
        row = connection.execute(select(TAGS).where(TAGS.c.dataset == dataset_id, TAGS.c.id == id)).one_or_none()
    return _tag(row) if row else None


def tag_named(dataset_id: str, name: str) -> Tag | None:
    with catalog_reading() as connection:
        row = connection.execute(select(TAGS).where(TAGS.c.dataset == dataset_id, TAGS.c.name == name)).one_or_none()
    return _tag(row) if row else None


def tags_of_run(run_id: str) -> list[Tag]:
    """Of any dataset, oldest first."""
    query = select(TAGS).where(TAGS.c.run == run_id).order_by(TAGS.c.created, TAGS.c.id)
    with catalog_reading() as connection:
        return [_tag(row) for row in connection.execute(query)]


def is_run_of(dataset_id: str, run_id: str) -> bool:
    """Whether the platform has this run of the dataset."""
    query = select(PLATFORM_RUNS.c.id).where(PLATFORM_RUNS.c.id == run_id, PLATFORM_RUNS.c.dataset == dataset_id)
    with catalog_reading() as connection:
        return connection.execute(query).one_or_none() is not None


def delete_tag(dataset_id: str, id: str) -> None:
    """With its scores.

    Raises PlatformError: TAG_UNKNOWN; TAG_UNDELETABLE_IS_INITIAL; TAG_UNDELETABLE_NOT_A_LEAF where others come from it.
    """
    with catalog_transaction() as connection:
        locked_dataset(connection, dataset_id)  # nobody makes a tag of this one meanwhile
        mine = TAGS.c.dataset == dataset_id
        row = connection.execute(select(TAGS.c.name).where(mine, TAGS.c.id == id)).one_or_none()
        if row is None:
            raise PlatformError("TAG_UNKNOWN", f"the dataset has no tag {id}")
        if row.name == INITIAL_TAG:
            raise PlatformError("TAG_UNDELETABLE_IS_INITIAL", f"{INITIAL_TAG} stays: the other tags come from it")
        child = connection.execute(select(TAGS.c.name).where(mine, TAGS.c.previous == id).limit(1)).scalar_one_or_none()
        if child is not None:
            raise PlatformError("TAG_UNDELETABLE_NOT_A_LEAF", f"the tag {child} comes from {row.name}; delete it first")
        connection.execute(delete(TAGS).where(mine, TAGS.c.id == id))


def names_of_tag(tag: Tag) -> Iterator[str]:
    """Of its samples, by index; read in blocks."""
    return chain.from_iterable(name_blocks(tag.dataset, tag.mask.indices()))


def _is_there(connection: Connection, dataset_id: str, id: str) -> bool:
    found = connection.execute(select(TAGS.c.id).where(TAGS.c.dataset == dataset_id, TAGS.c.id == id))
    return found.one_or_none() is not None


def _tag(row: Row[Any]) -> Tag:
    values = dict(row._mapping)
    return Tag(**values | {"mask": BitMask.of_bytes(bytes(values.pop("bits"))), "changes": tuple(row.changes)})
