"""Pictures of samples into a folder of the server, each under the name of its sample and in the format that it has."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from configs.filenames.extensions import extension_of
from resources.atomic_file import atomic_path
from selection_assets.stages.export.encode_picture import FORMATS, encode_picture
from selection_assets.stages.pictures.guarded import map_pictures
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.progress import progress

log = logging.getLogger("winnow")

THUMBNAIL_EDGE = 128  # pixels, the shortest


def upload_pictures(
    content_hashes: Mapping[str, str],
    read: Callable[[str], bytes],
    folder: Path,
    size: Sequence[int],
    *,
    limits: PictureLimits,
) -> list[str]:
    """Write each picture that is not there yet to `folder`/filename, whole or not at all; the names of those written.

    Args:
        content_hashes: filename -> SHA-256 of the bytes that were selected; other bytes are not written. Names are
            relative, and lead out of no folder: the listing has checked them.
        read: filename -> encoded bytes, called from threads.
        size: [] as they are, [shortest edge], or [height, width], in pixels.

    A picture that is gone, changed or broken is left out with a warning. Raises InputError for a full disk.
    """
    due = [name for name in content_hashes if not (folder / name).is_file()]
    results = map_pictures(
        partial(_encoded, size=size, max_pixels=limits.max_pixels),
        due,
        read,
        limits=limits,
        content_hashes=content_hashes,
        batch_files=1,  # results are as large as pictures
    )
    failed: dict[str, str] = {}
    with closing(results), progress("Uploading pictures", total=len(due), unit="images") as bar:
        for one in results:
            if one.refusal is not None:
                failed[one.filename] = one.refusal.reason
            elif one.value is not None:
                with atomic_path(folder / one.filename) as temporary:
                    temporary.write_bytes(one.value)
            bar.update(1)
    if failed:
        name, reason = next(iter(failed.items()))
        log.warning("%d pictures could not be uploaded (first: %s: %s)", len(failed), name, reason)
    return [name for name in due if name not in failed]


def _encoded(data: bytes, filename: str, size: Sequence[int], max_pixels: int) -> bytes:
    extension = extension_of(filename)[1:]
    return encode_picture(data, filename, extension if extension in FORMATS else "jpg", size, max_pixels)
