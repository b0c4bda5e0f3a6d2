"""Thumbnails of a dataset, packed: JPEGs one behind the other in a file, found by place and length.

Which samples they belong to stands in the table `thumbnails`, which also names the file. A file is written once, whole
or not at all, and stays until a later table of the dataset names another.
"""

import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from dagster import ResourceDefinition

from configs.dataset_key import dataset_key
from configs.errors import InputError
from resources.atomic_file import atomic_path
from resources.home import home
from resources.tables import Table


class PackWriter:
    """Appends JPEGs to the file that is being made."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._at = 0

    def add(self, jpeg: bytes) -> int:
        """Where it begins, in bytes."""
        begin = self._at
        self._file.write(jpeg)
        self._at += len(jpeg)
        return begin

    def close(self) -> None:
        self._file.close()


class PackedThumbnails:
    """The JPEGs of a dataset by content key. Safe to use from several threads, and it may be pickled.

    places: content key -> where its JPEG begins, and its length, in bytes.
    """

    def __init__(self, path: Path, places: Mapping[str, tuple[int, int]]) -> None:
        self._path, self._places = path, places
        self._bytes: bytes | mmap.mmap | None = None

    def jpegs(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Those of `keys` that there are. Raises InputError where the file is gone."""
        content = self._content()
        places = {key: self._places[key] for key in keys if key in self._places}
        return {key: bytes(content[begin : begin + length]) for key, (begin, length) in places.items()}

    def _content(self) -> bytes | mmap.mmap:
        if self._bytes is None:
            try:
                with self._path.open("rb") as file:
                    empty = self._path.stat().st_size == 0
                    self._bytes = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except OSError as error:
                raise InputError(
                    f"{self._path}: the thumbnails of the dataset cannot be read ({error.strerror}); materialise "
                    "checked_samples and thumbnails again"
                ) from error
        return self._bytes

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_bytes": None}


class ThumbnailPacks:
    """All packs: <folder>/<dataset>/<name>.jpegs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def writing(self, dataset: str, name: str) -> Iterator[PackWriter]:
        """A new pack, there when the block ends well. Packs of the dataset before the last one are removed then: what
        reads the last one may still do so."""
        path = self._path(dataset, name)
        older = sorted(path.parent.glob("*.jpegs"), key=lambda each: each.stat().st_mtime)
        with atomic_path(path) as temporary:
            writer = PackWriter(temporary)
            try:
                yield writer
            finally:
                writer.close()
        for each in older[:-1]:
            if each != path:
                each.unlink(missing_ok=True)

    def of(self, dataset: str, thumbnails: Table) -> PackedThumbnails:
        """The thumbnails that the table of a dataset speaks of."""
        places = thumbnails.frame.select("content_key", pl.concat_list("begin", "length")).rows()
        return PackedThumbnails(
            self._path(dataset, str(thumbnails.figures.get("pack", "none"))),
            {key: (begin, length) for key, (begin, length) in places},
        )

    def _path(self, dataset: str, name: str) -> Path:
        return self._folder / dataset_key(dataset) / f"{dataset_key(name)}.jpegs"


thumbnail_packs = ResourceDefinition(
    lambda _: ThumbnailPacks(home() / "thumbnails"), description="Packed thumbnails, in the state folder."
)
