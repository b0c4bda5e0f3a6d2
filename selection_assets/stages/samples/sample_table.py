"""From raw listing entries (name, size, time) to the table of input samples: layout rules, weak labels, order.

Works on names alone, so that a local folder and a bucket obey the same rules. Walking a folder is in `image_listing`.
"""

import logging
import re
from collections.abc import Sequence

import polars as pl

from configs.errors import InputError
from selection_assets.stages.samples.supported_formats import IMAGE_EXTENSIONS, VIDEO_EXTENSIONS, extension_of

log = logging.getLogger("winnow")

ROOT_LABEL_NAME = "(root)"
SKIPPED_FOLDER = "lightly_outputs"
_SHOWN = 5
# Comma and quote-like line structure would break the CSV files and name lists that these names end up in.
_FORBIDDEN = re.compile("[,\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SCHEMA = {"filename": pl.String, "label": pl.Int64, "size": pl.Int64, "modified_ns": pl.Int64, "kind": pl.String}


def is_skipped_name(name: str) -> bool:
    """Whether a file or folder of this name is never looked at.

    Hidden ones (leading dot: `.lightly`, `.Trash`, and the `._x.jpg` twins that macOS leaves on shared disks) and
    folders left behind by earlier runs (`lightly_outputs` in the name).
    """
    return name.startswith(".") or SKIPPED_FOLDER in name


def is_skipped_key(filename: str) -> bool:
    """The same for a whole '/'-separated name: true when any folder of it, or a hidden file name, is skipped."""
    *folders, name = filename.split("/")
    return name.startswith(".") or any(map(is_skipped_name, folders))


def input_samples(
    filenames: Sequence[str], sizes: Sequence[int], modified_ns: Sequence[int], where: str
) -> pl.DataFrame:
    """Apply the layout rules and return the table of input samples.

    Args:
        filenames: (N,) '/'-separated names relative to the root; unsupported files among them are ignored.
        sizes: (N,) bytes.
        modified_ns: (N,) nanoseconds since 1970.
        where: how to call the root in messages.

    Returns:
        One row per picture, sorted by `filename` (code point order, the order in which object stores list), columns
        filename (String), label (Int64), size (Int64, bytes), modified_ns (Int64), kind (String, "image").
        `label` numbers the top-level folders that hold pictures, sorted by name, from 0; without such folders every
        label is 0. As soon as one top-level folder holds a picture, pictures lying in the root itself are left out
        with a warning.

    Raises:
        InputError: a video among the files, a name that no list or CSV file can hold, or no picture at all.
    """
    rows: list[int] = []
    videos: list[str] = []
    for row, filename in enumerate(filenames):
        extension = extension_of(filename)
        if extension in IMAGE_EXTENSIONS:
            rows.append(row)
        elif extension in VIDEO_EXTENSIONS:
            videos.append(filename)
    if videos:
        raise InputError(
            f"{where} holds {len(videos):,} video file(s) ({_first(videos)}): this version reads pictures only; "
            "extract the frames as pictures, or move the videos out of the folder"
        )
    if not rows:
        raise InputError(f"no pictures found in {where}: accepted extensions are {' '.join(IMAGE_EXTENSIONS)}")
    names = [filenames[row] for row in rows]
    _refuse_bad_names(names, where)

    samples = pl.DataFrame(
        {
            "filename": names,
            "size": [sizes[row] for row in rows],
            "modified_ns": [modified_ns[row] for row in rows],
        },
        schema={name: _SCHEMA[name] for name in ("filename", "size", "modified_ns")},
    ).sort("filename")
    return _with_labels(samples, where).select(list(_SCHEMA))


def label_names(samples: pl.DataFrame) -> dict[int, str]:
    """Name of each weak label in a table of `input_samples` (or in any subset of its rows), by label.

    The name is the top-level folder, or `(root)` when the pictures lie in no folder.
    """
    if samples.is_empty():
        return {}
    firsts = samples.group_by("label").agg(pl.col("filename").first()).sort("label")
    return {
        label: filename.partition("/")[0] if "/" in filename else ROOT_LABEL_NAME
        for label, filename in firsts.iter_rows()
    }


def _with_labels(samples: pl.DataFrame, where: str) -> pl.DataFrame:
    in_folder = pl.col("filename").str.contains("/", literal=True)
    nested = samples.filter(in_folder)
    left_out = len(samples) - len(nested)
    if nested.is_empty():
        return samples.with_columns(label=pl.lit(0, pl.Int64), kind=pl.lit("image"))
    if left_out:
        log.warning(
            "%d picture(s) lie directly in %s beside sub-folders with pictures and are not used; "
            "move them into a sub-folder to use them",
            left_out,
            where,
        )
    folder = pl.col("filename").str.split_exact("/", 1).struct.field("field_0")
    # Dense rank of the folder name = its position among the sorted folder names.
    return nested.with_columns(label=folder.rank("dense").cast(pl.Int64) - 1, kind=pl.lit("image"))


def _refuse_bad_names(names: Sequence[str], where: str) -> None:
    bad = [name for name in names if _FORBIDDEN.search(name) or not _is_utf8(name)]
    if bad:
        raise InputError(
            f"{len(bad):,} file name(s) in {where} hold a comma, a line break, another control character or bytes "
            f"that are not UTF-8 ({_first([ascii(name) for name in bad])}): rename them"
        )


def _is_utf8(name: str) -> bool:
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:  # undecodable bytes arrive as lone surrogates
        return False
    return True


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
