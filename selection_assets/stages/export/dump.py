"""Dump the selected images into a folder under their relative names.

Names, folders and the flow belong here; one picture's bytes are made in `encode_picture`, in guarded processes.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath

from configs.errors import InputError
from resources.atomic_file import atomic_path
from selection_assets.stages.export.encode_picture import FORMATS, encode_picture
from selection_assets.stages.map_batches import MapBatches
from selection_assets.stages.pictures.guarded import PictureResult, map_pictures
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.progress import progress
from selection_assets.stages.samples.supported_formats import kind_of
from selection_assets.stages.thread_count import thread_count

log = logging.getLogger("winnow")

MAX_SIDE = 32_768


@dataclass
class DumpResult:
    """What `dump_images` wrote: source name -> name in the folder; and what it could not write, with the reason."""

    written: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def dump_images(
    filenames: Sequence[str],
    read: Callable[[str], bytes],
    folder: Path,
    *,
    map_batches: MapBatches,
    image_format: str = "png",
    image_size: Sequence[int] = (),
    content_hashes: Mapping[str, str] | None = None,
    limits: PictureLimits | None = None,
    num_workers: int = -1,
) -> DumpResult:
    """Write every picture to `folder`/`dump_names(…)[filename]`, each file whole or not at all.

    Args:
        filenames: relative names, as in the dataset.
        read: filename -> encoded bytes, called from threads; an `OSError` as in `pictures.read_errors`.
        map_batches: the engine, for writing.
        image_format: png, jpg, jpeg, bmp, tif, tiff, webp or ppm.
        image_size: [] as they are, [shortest edge], or [height, width], in pixels.
        content_hashes: filename -> SHA-256 of the bytes that were selected, where that is known; other bytes are not
            written.
        limits: what one picture may cost.
        num_workers: guarded processes, and threads that write; -1 one per core, 0 counts as one.

    A picture that is gone, changed or broken is left out with a warning and reported in the result. Results are in the
    order of `filenames`.

    Raises:
        InputError: an option out of range, a name that leads out of the folder, a full or read-only disk, an input
            that fails as a whole.
    """
    check_options(image_format, image_size)
    limits = limits or PictureLimits()
    targets = dump_names(filenames, image_format)
    result = DumpResult()
    encoded = map_pictures(
        partial(encode_picture, image_format=image_format.lower(), image_size=image_size, max_pixels=limits.max_pixels),
        filenames,
        read,
        limits=limits,
        content_hashes=content_hashes,
        num_workers=num_workers,
        batch_files=1,  # results are as large as pictures
    )
    written = map_batches(
        partial(_write, folder=folder, targets=targets), encoded, num_workers=max(1, thread_count(num_workers))
    )
    with (
        closing(encoded),
        closing(written),
        progress("Writing selected images", total=len(filenames), unit="images") as bar,
    ):
        for one in written:
            if one.refusal is None:
                result.written[one.filename] = targets[one.filename]
            elif one.refusal.reason_class == FileNotFoundError.__name__:
                result.missing.append(one.filename)
            else:
                result.failed[one.filename] = one.refusal.reason
            bar.update(1)
    _warn(result)
    return result


def _write(one: PictureResult[bytes], folder: Path, targets: Mapping[str, str]) -> PictureResult[None]:
    """What is left when the picture is on disk."""
    if one.value is not None:
        with atomic_path(folder / targets[one.filename]) as temporary:
            temporary.write_bytes(one.value)
    return PictureResult(one.filename, one.content_hash, one.size, None, one.refusal)


def check_options(image_format: str, image_size: Sequence[int]) -> None:
    """Raise InputError for values of `output_image_format` and `output_image_size` that cannot be met."""
    if image_format.lower() not in FORMATS:
        raise InputError(f"output_image_format={image_format}: cannot be written; use one of {', '.join(FORMATS)}")
    if len(image_size) > 2 or not all(1 <= side <= MAX_SIDE for side in image_size):
        raise InputError(
            f"output_image_size={list(image_size)}: use -1, a shortest edge or [height, width] up to {MAX_SIDE}"
        )


def dump_names(filenames: Sequence[str], image_format: str) -> dict[str, str]:
    """Name in the folder for each (distinct) filename; no two are equal.

    A name whose extension stands for the format stays (`a/x.JPEG` for jpg). Otherwise the extension is replaced:
    `a/x.bmp` -> `a/x.png`. Where that name is taken, the extension is appended: with `x.png` beside it, `x.bmp` ->
    `x.bmp.png`; should that be taken too, a number follows: `x.bmp-2.png`.
    """
    _, kind = FORMATS[image_format.lower()]
    names = {filename: filename for filename in filenames if kind_of(filename) == kind}
    taken = set(names)
    for filename in filenames:
        path = PurePosixPath(filename)
        if path.is_absolute() or ".." in path.parts or not path.name:
            raise InputError(f"{filename!a} leads out of the folder data/sampled; use relative names without '..'")
        if filename in names:
            continue
        extension = f".{image_format.lower()}"
        candidate, number = str(path.with_suffix(extension)), 1
        while candidate in taken:
            candidate = f"{filename}{extension}" if number == 1 else f"{filename}-{number}{extension}"
            number += 1
        names[filename] = candidate
        taken.add(candidate)
    return names


def _warn(result: DumpResult) -> None:
    if result.missing:
        log.warning(
            "%d selected images are gone and were not dumped (first: %s)", len(result.missing), result.missing[0]
        )
    if result.failed:
        name, reason = next(iter(result.failed.items()))
        log.warning("%d selected images could not be dumped (first: %s: %s)", len(result.failed), name, reason)
