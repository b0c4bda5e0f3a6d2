"""Lists the pictures of a store. Which of them count, under which name, is in `sample_table`."""

import logging
import time
from collections.abc import Sequence

import polars as pl

from configs.errors import InputError
from configs.filenames.skipped_folders import is_skipped_name
from selection_assets.stages.samples.listed_store import ListedObject, ListedStore
from selection_assets.stages.samples.listing_notes import ListingNotes
from selection_assets.stages.samples.sample_table import sample_table
from selection_assets.stages.samples.supported_formats import MAGIC_BYTES, looks_like_picture

log = logging.getLogger("winnow")
_LOG_EVERY_SECONDS = 30.0


def list_samples(
    store: ListedStore, *, output_folder: str = "", relevant: tuple[Sequence[str], str] | None = None
) -> tuple[pl.DataFrame, ListingNotes]:
    """Every picture of `store` that counts as a row of `sample_table`, and what was left out.

    Args:
        output_folder: key of the folder of outputs (`out/`), where it lies in the store; else empty.
        relevant: lines of the relevant filenames file, and how messages call it; None: there is none.

    Raises:
        InputError: see `sample_table`; the store is gone, or a part of it may not be listed.
    """

    def skip(folder: str) -> bool:
        return folder == output_folder or is_skipped_name(folder.split("/")[-2])

    def is_picture(key: str) -> bool:
        try:
            return looks_like_picture(store.head(key, MAGIC_BYTES))
        except OSError:
            return False

    entries: list[ListedObject] = []
    started = last_said = time.monotonic()
    try:
        for entry in store.list(skip=skip):
            entries.append(entry)
            if len(entries) % 1_000 == 0 and (now := time.monotonic()) - last_said >= _LOG_EVERY_SECONDS:
                last_said = now
                log.info("Listing %s: %d files found after %.0f s", store.name, len(entries), now - started)
    except OSError as error:
        raise InputError(
            f"cannot list {error.filename or store.name}: {error.strerror or error}; give the user of this program the "
            "right to read it (chmod 755), or move the folder out of the input"
        ) from error
    return sample_table(
        entries, store.name, read=store.get, is_picture=is_picture, output_folder=output_folder, relevant=relevant
    )
