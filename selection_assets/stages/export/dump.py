"""Dump the selected images into a folder under their relative names, in parallel.

Names, folders and threads belong here; one picture's bytes are made in `encode_picture`.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from PIL import Image

from configs.errors import InputError
from resources.atomic_file import atomic_path
from selection_assets.stages.export.encode_picture import FORMATS, encode_picture
from selection_assets.stages.pictures.picture_pixels import reason_of
from selection_assets.stages.progress import progress
from selection_assets.stages.samples.supported_formats import kind_of
from selection_assets.stages.thread_count import thread_count

log = logging.getLogger("winnow")

MAX_SIDE = 32_768
BLOCK = 256  # pictures handed to the threads at a time


@dataclass
class DumpResult:
    """What `dump_images` wrote: source name -> name in the folder; and what it could not write, with the reason."""

    written: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def dump_images(
    filenames: Sequence[str],
    picture: Callable[[str], bytes],
    folder: Path,
    *,
    image_format: str = "png",
    image_size: Sequence[int] = (),
    num_workers: int = -1,
) -> DumpResult:
    """Write every picture to `folder`/`dump_names(…)[filename]`, each file whole or not at all.

    Args:
        filenames: relative names, as in the dataset.
        picture: filename -> encoded bytes; FileNotFoundError where it is gone. Called from threads.
        image_format: png, jpg, jpeg, bmp, tif, tiff, webp or ppm.
        image_size: [] as they are, [shortest edge], or [height, width], in pixels.
        num_workers: threads; -1 one per core, 0 counts as one.

    A picture that is gone or broken is left out with a warning and reported in the result.

    Raises:
        InputError: an option out of range, a name that leads out of the folder, a full or read-only disk.
    """
    check_options(image_format, image_size)
    targets = dump_names(filenames, image_format)
    result = DumpResult()

    def dump(filename: str) -> str | None:
        """None when written, an empty string when the source is gone, else the reason of the failure."""
        try:
            data = picture(filename)
        except FileNotFoundError:
            return ""
        try:
            encoded = encode_picture(data, filename, image_format.lower(), image_size)
            with atomic_path(folder / targets[filename]) as temporary:
                temporary.write_bytes(encoded)
        except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
            return reason_of(error)
        return None

    pool = ThreadPoolExecutor(max(1, thread_count(num_workers)), thread_name_prefix="dump")
    try:
        with progress("Writing selected images", total=len(filenames), unit="images") as bar:
            for start in range(0, len(filenames), BLOCK):
                block = filenames[start : start + BLOCK]
                for filename, reason in zip(block, pool.map(dump, block), strict=True):
                    if reason is None:
                        result.written[filename] = targets[filename]
                    elif reason:
                        result.failed[filename] = reason
                    else:
                        result.missing.append(filename)
                    bar.update(1)
    finally:
        pool.shutdown(cancel_futures=True)
    _warn(result)
    return result


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
