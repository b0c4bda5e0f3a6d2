"""From the entries of a listing to the table of samples: which pictures count, under which name, with which label.

Works on entries alone, so that a folder and a bucket obey the same rules. They are written down for users, numbered,
in `docs/run.md` ("Which pictures count"); listing a store is in `image_listing`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import polars as pl

from configs.errors import InputError, NoPicturesError
from configs.filenames.extensions import IMAGE_EXTENSIONS, VIDEO_EXTENSIONS, extension_of
from configs.filenames.skipped_folders import is_old_output, is_system_folder
from selection_assets.stages.samples.listed_store import ListedObject
from selection_assets.stages.samples.listing_notes import ListingNotes
from selection_assets.stages.samples.names import name_fault
from selection_assets.stages.samples.relevant_filenames import relevant_rows
from selection_assets.stages.samples.run_folder_marks import run_folders
from selection_assets.stages.samples.sample import IMAGE, ROOT_LABEL, as_samples
from selection_assets.stages.samples.supported_formats import OTHER_PICTURE_EXTENSIONS, has_extension

_PICTURES = frozenset(IMAGE_EXTENSIONS)
_VIDEOS = frozenset(VIDEO_EXTENSIONS)
_SHOWN = 5
MAX_SNIFFED = 1_000
MODIFIED = "modified_ns"  # since 1970; of listings alone: what a run makes depends on content, never on times


def sample_table(
    entries: Sequence[ListedObject],
    where: str,
    *,
    read: Callable[[str, int], bytes],
    is_picture: Callable[[str], bool],
    output_folder: str = "",
    relevant: tuple[Sequence[str], str] | None = None,
) -> tuple[pl.DataFrame, ListingNotes]:
    """The table of samples (`sample.SCHEMA` and `MODIFIED`, one row per picture, sorted by filename in code point
    order), and notes.

    Args:
        entries: all files, and the folders that were not entered.
        where: how messages call the input.
        read: key, most bytes -> content; asked for small files that tell the folder of a run from others.
        is_picture: whether the file of this key starts as a picture does; asked for files without an extension.
        output_folder: key of the folder of outputs, ending with '/', which was not entered; empty: it lies elsewhere.
        relevant: lines of the relevant filenames file, and how messages call it; None: there is none.

    Raises:
        InputError: a video or a name that no list can hold is among the pictures that count, none is left, or the
            input is the folder of a run.
    """
    passed_over = [entry for entry in entries if entry.key.endswith("/")]
    files = [entry for entry in entries if not entry.key.endswith("/")]
    runs = run_folders((entry.key for entry in files), read)
    if "" in runs:
        raise InputError(
            f"{where} is the folder of a run, not of pictures: give the folder with the pictures (those that a run "
            "dumped lie in data/sampled)"
        )
    skipped = sorted(entry.key for entry in passed_over if not entry.link_to and entry.key != output_folder)
    files = list(_outside(files, runs))
    notes = ListingNotes(
        where,
        run_folders=runs,
        output_folder=next((entry.key.rstrip("/") for entry in passed_over if entry.key == output_folder), ""),
        hidden_folders=[key for key in skipped if _is_hidden(key.rstrip("/"))],
        hidden_pictures=sum(_is_hidden(entry.key) and extension_of(entry.key) in _PICTURES for entry in files),
        old_outputs=[key for key in skipped if is_old_output(_name(key))],
        system_folders=[key for key in skipped if is_system_folder(_name(key))],
    )
    files = [entry for entry in files if _matters(entry.key)]
    if relevant is not None and files:
        lines, file = relevant
        files = [files[row] for row in relevant_rows(lines, [entry.key for entry in files], file)]
    extensions = [extension_of(entry.key) for entry in files]
    _refuse_videos([e.key for e, extension in zip(files, extensions, strict=True) if extension in _VIDEOS], where)
    pictures, further_links = _each_once(
        e for e, extension in zip(files, extensions, strict=True) if extension in _PICTURES
    )
    links = sorted([entry.key for entry in passed_over if entry.link_to] + further_links)
    rest = [e.key for e, extension in zip(files, extensions, strict=True) if extension not in _PICTURES]
    others, unseen = _other_formats(rest, is_picture)
    notes = replace(notes, links=links, other_formats=others, unseen=unseen)
    if relevant is None:
        nested = [entry for entry in pictures if "/" in entry.key]
        if nested:
            notes = replace(notes, root_pictures=len(pictures) - len(nested))
            pictures = nested
    if not pictures:
        left_out = f" ({notes.left_out()})" if others else ""
        raise NoPicturesError(
            f"no pictures found in {where}: accepted extensions are {' '.join(IMAGE_EXTENSIONS)}{left_out}"
        )
    _refuse_bad_names([entry.key for entry in pictures], where)
    return _table(pictures), notes


def _is_hidden(key: str) -> bool:
    """A leading dot; also the `._x.jpg` twins that macOS leaves on shared disks."""
    return key[key.rfind("/") + 1 :].startswith(".")


def _name(folder: str) -> str:
    return folder.split("/")[-2]


def _matters(key: str) -> bool:
    if _is_hidden(key):
        return False
    extension = extension_of(key)
    return (
        extension in _PICTURES
        or extension in _VIDEOS
        or extension in OTHER_PICTURE_EXTENSIONS
        or not has_extension(key)
    )


def _outside(files: Iterable[ListedObject], runs: Sequence[str]) -> Iterable[ListedObject]:
    """Files that lie in none of the folders `runs`."""
    if not runs:
        return files
    folders = frozenset(runs)
    depths = sorted({run.count("/") for run in runs})
    return (
        entry for entry in files if not any("/".join(entry.key.split("/")[:depth]) + "/" in folders for depth in depths)
    )


def _each_once(pictures: Iterable[ListedObject]) -> tuple[list[ListedObject], list[str]]:
    """One entry for each file: the one that is no link, else the first by name; and the keys of the others."""
    chosen: dict[str, ListedObject] = {}
    others: list[str] = []
    for entry in pictures:
        file = entry.link_to or entry.key
        other = chosen.setdefault(file, entry)
        if other is not entry:
            better, worse = sorted((other, entry), key=lambda one: (bool(one.link_to), one.key))
            chosen[file] = better
            others.append(worse.key)
    return list(chosen.values()), others


def _other_formats(keys: Sequence[str], is_picture: Callable[[str], bool]) -> tuple[dict[str, int], int]:
    """Extension -> number of pictures that are not read, and how many files were too many to look into."""
    counts = Counter(extension for key in keys if (extension := extension_of(key)) in OTHER_PICTURE_EXTENSIONS)
    nameless = sorted(key for key in keys if not has_extension(key))
    counts[""] = sum(map(is_picture, nameless[:MAX_SNIFFED]))
    return {extension: count for extension, count in counts.items() if count}, max(0, len(nameless) - MAX_SNIFFED)


def _refuse_videos(videos: Sequence[str], where: str) -> None:
    if videos:
        raise InputError(
            f"{where} holds {len(videos):,} video file(s) ({_first(sorted(videos))}): this version reads pictures "
            "only; extract the frames as pictures, or move the videos out of the folder"
        )


def _refuse_bad_names(names: Sequence[str], where: str) -> None:
    bad = sorted(name for name in names if name_fault(name))
    if bad:
        shown = _first([f"{name!a} {name_fault(name)}" for name in bad])
        raise InputError(
            f"{len(bad):,} file name(s) in {where} cannot stand in lists and CSV files ({shown}): rename them"
        )


def _table(pictures: Sequence[ListedObject]) -> pl.DataFrame:
    table = pl.DataFrame(
        {
            "filename": [entry.key for entry in pictures],
            "size": [entry.size for entry in pictures],
            "etag": [entry.etag for entry in pictures],
            MODIFIED: [entry.modified_ns for entry in pictures],
        },
        schema={"filename": pl.String, "size": pl.Int64, "etag": pl.String, MODIFIED: pl.Int64},
    ).sort("filename")
    return as_samples(
        table.with_columns(
            kind=pl.lit(IMAGE),
            source="filename",
            label=pl.col("filename").str.extract("^([^/]*)/", 1).fill_null(ROOT_LABEL),
        )
    )


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
