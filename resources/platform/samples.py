"""The samples of a dataset, in a fixed order: they are only ever appended, each gets the next index.

The id of a sample is made of its dataset's and of its index, so that none has to be stored or looked up. What is
known of a sample is kept as the API spells it. Long lists are read in blocks, each by a transaction of its own: no
reader that is slow holds a connection, and what was read stays true, since samples never move.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, insert, select, update

from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import PLATFORM_DATASETS, SAMPLES
from resources.platform.errors import PlatformError
from resources.platform.ids import ID, now_ms
from resources.platform.sample_names import require_sample_name

BLOCK = 5_000  # samples in memory at once
_PREFIX = 16  # digits of a sample's id that are its dataset's


@dataclass(frozen=True)
class NewSample:
    """type: IMAGE, VIDEO_FRAME or CROP. size: bytes.

    more: what else is known, by the API's names: metaData, videoFrameData, cropData, exif, thumbName.
    """

    file_name: str
    type: str = "IMAGE"
    size: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """about: type, size, and what else is known. custom: metadata that users gave it."""

    dataset: str
    index: int
    file_name: str
    about: Mapping[str, Any]
    custom: Mapping[str, Any] | None

    @property
    def id(self) -> str:
        return sample_id(self.dataset, self.index)


def sample_id(dataset_id: str, index: int) -> str:
    return f"{dataset_id[:_PREFIX]}{index:08x}"


def index_of_id(dataset_id: str, id: str) -> int | None:
    """None for an id of another dataset, or of no sample at all. Whether there is that sample is not asked."""
    if not ID.fullmatch(id) or id[:_PREFIX] != dataset_id[:_PREFIX]:
        return None
    return int(id[_PREFIX:], 16)


def locked_dataset(connection: Connection, dataset_id: str) -> int:
    """How many samples it has, which nobody changes before the transaction ends.

    Raises PlatformError DATASET_UNKNOWN for one that is gone.
    """
    row = select(PLATFORM_DATASETS.c.samples).where(PLATFORM_DATASETS.c.id == dataset_id).with_for_update()
    number = connection.execute(row).scalar_one_or_none()
    if number is None:
        raise PlatformError("DATASET_UNKNOWN", f"there is no dataset {dataset_id}")
    return int(number)


def append_samples(dataset_id: str, rows: Iterable[NewSample]) -> int:
    """Those whose names are new, in their order, all or none; how many they were.

    rows: read once, in blocks. Raises InputError for a name that no sample may have, PlatformError for a dataset that
    is gone.
    """
    with catalog_transaction() as connection:
        return insert_samples(connection, dataset_id, rows)


def insert_samples(connection: Connection, dataset_id: str, rows: Iterable[NewSample]) -> int:
    """As `append_samples`, within a transaction."""
    before = known = locked_dataset(connection, dataset_id)
    size = 0
    each = iter(rows)
    while block := list(islice(each, BLOCK)):
        added = _append(connection, dataset_id, known, block)
        known += len(added)
        size += sum(row.size for row in added)
    table = PLATFORM_DATASETS
    changed = {"samples": known, "size": table.c.size + size, "changed": now_ms()}
    if known > before:
        connection.execute(update(table).where(table.c.id == dataset_id).values(changed))
    return known - before


def _append(connection: Connection, dataset_id: str, index: int, block: Sequence[NewSample]) -> list[NewSample]:
    by_hash: dict[bytes, NewSample] = {}
    for row in block:
        require_sample_name(row.file_name)
        by_hash.setdefault(_hash(row.file_name), row)
    query = select(SAMPLES.c.name_hash).where(SAMPLES.c.dataset == dataset_id, SAMPLES.c.name_hash.in_(list(by_hash)))
    for hashed in connection.execute(query).scalars():
        del by_hash[bytes(hashed)]
    if by_hash:
        rows = [
            {
                "dataset": dataset_id,
                "index": place,
                "name_hash": hashed,
                "file_name": row.file_name,
                "about": {"type": row.type, "size": row.size, **row.more},
            }
            for place, (hashed, row) in enumerate(by_hash.items(), index)
        ]
        connection.execute(insert(SAMPLES), rows)
    return list(by_hash.values())


def indices_of_names(dataset_id: str, names: Iterable[str]) -> NDArray[np.int64]:
    """(n,) of each name its sample's index, -1 where there is none."""
    found: list[NDArray[np.int64]] = []
    each = iter(names)
    while block := list(islice(each, BLOCK)):
        with catalog_reading() as connection:
            found.append(find_indices(connection, dataset_id, block))
    return np.concatenate([np.empty(0, np.int64), *found])


def find_indices(connection: Connection, dataset_id: str, names: Sequence[str]) -> NDArray[np.int64]:
    """As `indices_of_names`, within a transaction."""
    places: dict[bytes, int] = {}
    hashes = [_hash(name) for name in names]
    for start in range(0, len(hashes), BLOCK):
        query = select(SAMPLES.c.name_hash, SAMPLES.c.index).where(
            SAMPLES.c.dataset == dataset_id, SAMPLES.c.name_hash.in_(set(hashes[start : start + BLOCK]))
        )
        places |= {bytes(hashed): index for hashed, index in connection.execute(query)}
    return np.fromiter((places.get(hashed, -1) for hashed in hashes), np.int64)


def find_sample(dataset_id: str, index: int) -> Sample | None:
    found = samples_at(dataset_id, np.array([index]))
    return found[0] if found else None


def sample_named(dataset_id: str, name: str) -> Sample | None:
    index = int(indices_of_names(dataset_id, [name])[0])
    return find_sample(dataset_id, index) if index >= 0 else None


def samples_at(dataset_id: str, indices: NDArray[np.int64]) -> list[Sample]:
    """By index, at most as many as are asked for. indices: ascending."""
    columns = (SAMPLES.c.index, SAMPLES.c.file_name, SAMPLES.c.about, SAMPLES.c.custom)
    wanted = set(indices.tolist())
    query = select(*columns).where(*_are_among(dataset_id, indices)).order_by(SAMPLES.c.index)
    with catalog_reading() as connection:
        return [Sample(dataset_id, *row) for row in connection.execute(query) if row.index in wanted]


def name_blocks(dataset_id: str, indices: NDArray[np.int64]) -> Iterator[list[str]]:
    """The names of these samples, up to `BLOCK` at a time. indices: ascending, of samples that there are."""
    for start in range(0, len(indices), BLOCK):
        block = indices[start : start + BLOCK]
        query = select(SAMPLES.c.file_name).where(*_are_among(dataset_id, block)).order_by(SAMPLES.c.index)
        with catalog_reading() as connection:
            names = list(connection.execute(query).scalars().all())
        # Of a range all are read; there is none missing in it.
        yield [names[place] for place in (block - block[0])] if len(names) > len(block) else names


def _are_among(dataset_id: str, indices: NDArray[np.int64]) -> list[ColumnElement[bool]]:
    """Of indices that lie close together their range: reading some for nothing is cheaper than looking each up."""
    lowest, highest = (int(indices[0]), int(indices[-1])) if len(indices) else (0, -1)
    close = [SAMPLES.c.dataset == dataset_id, SAMPLES.c.index.between(lowest, highest)]
    if highest - lowest < 4 * len(indices) + 1:
        return close
    # The range stays: without it PostgreSQL reads the whole dataset for a list of indices.
    each: BindParameter[Any] = bindparam("indices", indices.tolist(), expanding=True, literal_execute=True)
    return [*close, SAMPLES.c.index.in_(each)]


def change_sample(dataset_id: str, index: int, more: Mapping[str, Any], custom: Mapping[str, Any] | None) -> bool:
    """Put `more` (see NewSample) beside what is known, and `custom`, where it is not None, in place of the earlier.

    Whether there is the sample.
    """
    is_it = (SAMPLES.c.dataset == dataset_id) & (SAMPLES.c.index == index)
    with catalog_transaction() as connection:
        row = connection.execute(select(SAMPLES.c.about, SAMPLES.c.custom).where(is_it).with_for_update()).one_or_none()
        if row is not None:
            values = {"about": {**row.about, **more}, "custom": row.custom if custom is None else custom}
            connection.execute(update(SAMPLES).where(is_it).values(values))
    return row is not None


def _hash(name: str) -> bytes:
    """Any name, for those that no sample has are looked up, too."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:16]
