"""Pictures whose full decoded pixels are equal, whatever the files around them: a cheap key of each picture, seen when
it was checked, finds candidates; a digest of all pixels decides among them.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial

from configs.errors import InputError
from selection_assets.stages.pictures.guarded import map_pictures
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.pictures.pixel_candidates import candidate_groups
from selection_assets.stages.pictures.pixel_digest import pixel_digest
from selection_assets.stages.pictures.refusal import CONTENT_CHANGED, Refusal
from selection_assets.stages.progress import progress

STORE_EVERY = 256  # digests: what a killed run loses at most

Digests = Callable[[Sequence[str], Sequence[str]], Mapping[str, str]]


def equal_pixels(
    filenames: Sequence[str], content_hashes: Sequence[str], pixel_keys: Sequence[str], digests: Digests
) -> list[list[int]]:
    """Groups of rows with equal pixels; groups that share a row belong together.

    Args:
        filenames: (N,).
        content_hashes: (N,) SHA-256 of the files: equal bytes need no decoding.
        pixel_keys: (N,) from the check, see `pixel_candidates`.
        digests: `pixel_digests` with everything but its first two arguments: files of different content -> digest by
            content hash. Called at most once, and only where files of different content may be equal.
    """
    rows_of: dict[str, list[int]] = {}
    for row, content_hash in enumerate(content_hashes):
        rows_of.setdefault(content_hash, []).append(row)
    firsts = [rows[0] for rows in rows_of.values()]  # one row for each content
    candidates = [[firsts[i] for i in group] for group in candidate_groups([pixel_keys[row] for row in firsts])]
    rows = [row for group in candidates for row in group]
    found = digests([filenames[row] for row in rows], [content_hashes[row] for row in rows]) if rows else {}
    equal = [group for group in rows_of.values() if len(group) > 1]
    for group in candidates:
        same: dict[str, list[int]] = {}
        for row in group:
            same.setdefault(found[content_hashes[row]], []).append(row)
        equal += [rows for rows in same.values() if len(rows) > 1]
    return equal


def nothing_known(_: Sequence[str]) -> Mapping[str, str]:
    """`known` for a first run."""
    return {}


def not_remembered(_: Mapping[str, str]) -> None:
    """`remember` where nothing is."""


def pixel_digests(
    filenames: Sequence[str],
    content_hashes: Sequence[str],
    *,
    read: Callable[[str], bytes],
    limits: PictureLimits,
    num_workers: int,
    known: Callable[[Sequence[str]], Mapping[str, str]] = nothing_known,
    remember: Callable[[Mapping[str, str]], None] = not_remembered,
) -> dict[str, str]:
    """Content hash -> digest of the pixels, for files of different content.

    Args:
        filenames: (N,); content_hashes: (N,) distinct, what each file must still hold.
        read: name -> bytes, called from threads.
        num_workers: guarded processes; -1 one per core.
        known: content hashes -> the digests that are remembered among them; their files are not read again.
        remember: keeps new digests, by content hash.

    Raises:
        InputError: a file is gone, has changed since it was checked, or cannot be decoded any more.
    """
    digests = dict(known(content_hashes))
    missing = {name: content for name, content in zip(filenames, content_hashes, strict=True) if content not in digests}
    fresh: dict[str, str] = {}
    results = map_pictures(
        partial(pixel_digest, max_pixels=limits.max_pixels),
        list(missing),
        read,
        limits=limits,
        content_hashes=missing,
        num_workers=num_workers,
    )
    try:
        with closing(results), progress("Comparing pixels", total=len(missing), unit="images") as bar:
            for result in results:
                if result.value is None:
                    raise _not_compared(result.filename, result.refusal)
                fresh[missing[result.filename]] = result.value
                bar.update(1)
                if len(fresh) >= STORE_EVERY:
                    remember(fresh)
                    digests |= fresh
                    fresh = {}
    finally:
        if fresh:
            remember(fresh)
    return digests | fresh


def _not_compared(filename: str, refusal: Refusal | None) -> InputError:
    assert refusal is not None
    if refusal.reason_class == CONTENT_CHANGED:
        return InputError(
            f"{filename} changed during the run: it is not the content that was checked, so its duplicates cannot be "
            "told; run again when nothing writes into the input folder"
        )
    return InputError(
        f"{filename} cannot be compared with its possible duplicates, although it was healthy when it was checked: "
        f"{refusal.reason}; run again, without the file if it stays so"
    )
