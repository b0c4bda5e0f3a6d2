"""Pages of the files of a datasource, in the order of their keys: pictures or videos, predictions, metadata."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from configs.filenames.extensions import IMAGE_EXTENSIONS, VIDEO_EXTENSIONS, extension_of
from configs.filenames.skipped_folders import is_skipped_name
from resources.home import home
from resources.platform.local_roots import is_allowed
from resources.platform.relevant_files import RelevantFiles
from resources.stores.bucket_store import BucketStore
from resources.stores.local_store import LocalStore
from resources.stores.store import StoredObject

Kind = Literal["samples", "predictions", "metadata"]
FOLDERS = {
    "predictions": ".lightly/predictions/",
    "metadata": ".lightly/metadata/",
    "embeddings": ".lightly/embeddings/",
}
SCHEMA = "schema.json"  # at the root of a task's predictions, and of the metadata
PAGE = 10_000  # files
SECONDS = 20.0  # a page ends then, full or not: requests have an end, however few files count


@dataclass(frozen=True)
class Listing:
    """What is listed.

    task: of the predictions. videos: not pictures. begin, end: seconds since 1970 of the last change, both inclusive.
    outputs: key of the folder of results, which is passed over; or empty.
    """

    kind: Kind
    begin: int
    end: int
    task: str = ""
    videos: bool = False
    outputs: str = ""
    relevant: RelevantFiles | None = None

    @property
    def folder(self) -> str:
        """Key of the folder that holds them."""
        return f"{FOLDERS[self.kind]}{self.task}/" if self.task else FOLDERS.get(self.kind, "")

    def counts(self, key: str) -> bool:
        """By its name."""
        if self.kind == "samples":
            extensions = VIDEO_EXTENSIONS if self.videos else IMAGE_EXTENSIONS
            is_one = extension_of(key) in extensions and not key.rpartition("/")[2].startswith(".")
            return is_one and (self.relevant is None or self.relevant.selects(key))
        name = key.removeprefix(self.folder)
        is_one = name.endswith(".json") and name != SCHEMA
        return is_one and (self.relevant is None or self.relevant.selects_about(name.removesuffix(".json")))


def page(store: LocalStore | BucketStore, listing: Listing, after: str) -> tuple[list[str], str | None]:
    """Keys of files behind the key `after`, and the key to go on from; None at the end.

    Raises InputError and OSError as `Store.ordered` does.
    """
    deadline = time.monotonic() + SECONDS
    own = store.key_of_folder(str(home()))
    found: list[str] = []

    def skip(folder: str) -> bool:
        return folder in (own, listing.outputs) or (
            listing.kind == "samples" and is_skipped_name(folder.rstrip("/").rpartition("/")[2])
        )

    for each in store.ordered(listing.folder, after, skip=skip):
        if listing.begin <= each.modified_ns // 10**9 <= listing.end and listing.counts(each.key) and _is_inside(each):
            found.append(each.key)
        if len(found) >= PAGE or time.monotonic() > deadline:
            return found, each.key
    return found, None


def _is_inside(each: StoredObject) -> bool:
    """Whether a link leads to no place that the operator has not named."""
    return not each.link_to.startswith("/") or is_allowed(Path(each.link_to))
