"""What the model sees of each sample: its thumbnail, or the file where thumbnails are smaller than the model's input.

Thumbnails are of our own making and decoded in threads; files come from outside and are decoded in guarded processes,
from exactly the bytes that were checked.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.map_batches import MapBatches
from selection_assets.stages.models.preprocessing import Preprocessing
from selection_assets.stages.pictures.content_key import content_hash_of
from selection_assets.stages.pictures.guarded import BATCH_FILES, map_pictures
from selection_assets.stages.pictures.model_pixels import model_pixels
from selection_assets.stages.pictures.picture_batches import CHUNK
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.pictures.picture_pixels import square_pixels
from selection_assets.stages.pictures.refusal import CONTENT_CHANGED, Refusal
from selection_assets.stages.pictures.thumbnail_pixels import decode_thumbnail
from selection_assets.stages.thread_count import thread_count

_MESSAGE_BYTES = 4 << 20  # of pixels from a guarded process in one go
Pixels = NDArray[np.uint8]


def files_to_embed(samples: pl.DataFrame, thumbnails: pl.DataFrame, input_size: int) -> dict[str, str]:
    """content_key -> filename of the samples that are embedded from their files.

    Those whose thumbnail has a shorter side below `input_size` pixels and below that of the picture itself.

    Args:
        samples: filename, content_key, width, height (of the picture, in pixels).
        thumbnails: filename, width, height (of the thumbnail).
    """
    shorter = pl.min_horizontal("width", "height")
    sizes = samples.select("filename", "content_key", picture=shorter).join(
        thumbnails.select("filename", thumbnail=shorter), on="filename", maintain_order="left"
    )
    small = sizes.filter((pl.col("thumbnail") < input_size) & (pl.col("thumbnail") < pl.col("picture")))
    return dict(small.unique("content_key", keep="first", maintain_order=True).select("content_key", "filename").rows())


def embedding_input(
    keys: Sequence[str],
    seen: Preprocessing,
    *,
    thumbnails: Callable[[Sequence[str]], Mapping[str, bytes]],
    files: Mapping[str, str],
    read: Callable[[str], bytes],
    map_batches: MapBatches,
    limits: PictureLimits,
    num_workers: int,
    ahead: int,
) -> Generator[Pixels, None, None]:
    """Yield (S, S, 3) uint8 for each of `keys`, in order; memory does not grow with their number.

    Args:
        keys: (N,) content keys.
        seen: size and filter.
        thumbnails: a few keys -> their JPEGs; called from this thread.
        files: from `files_to_embed`: key -> name of the file to take in place of the thumbnail.
        read: name -> bytes of the file, called from threads.
        map_batches: the engine.
        num_workers: decoding threads, and guarded processes for files; -1 one per core, 0 no threads and one process.
        ahead: thumbnails decoded ahead of the model, about.

    Raises:
        InputError: a file is gone, has changed since it was checked, or cannot be decoded; a thumbnail is damaged or
            missing. There is never a picture of other content than the key says.
    """
    own = _from_thumbnails([key for key in keys if key not in files], seen, thumbnails, map_batches, num_workers, ahead)
    foreign = _from_files([key for key in keys if key in files], seen, files, read, limits, num_workers)
    with closing(own), closing(foreign):
        for key in keys:
            yield next(foreign if key in files else own)


def _from_thumbnails(
    keys: Sequence[str],
    seen: Preprocessing,
    thumbnails: Callable[[Sequence[str]], Mapping[str, bytes]],
    map_batches: MapBatches,
    num_workers: int,
    ahead: int,
) -> Generator[Pixels, None, None]:
    def batches() -> Iterator[list[tuple[str, bytes]]]:
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            found = thumbnails(part)
            missing = [key for key in part if key not in found]
            if missing:
                raise InputError(f"the thumbnail {missing[0]} is gone; run again from the check of the samples")
            yield [(key, found[key]) for key in part]

    workers = thread_count(num_workers)
    squares = map_batches(
        partial(_squares, size=seen.input_size, interpolation=seen.interpolation),
        batches(),
        num_workers=workers,
        ahead=max(2 * workers, -(-ahead // CHUNK)),
    )
    for part in squares:
        yield from part


def _squares(thumbnails: Sequence[tuple[str, bytes]], size: int, interpolation: str) -> list[Pixels]:
    return [square_pixels(decode_thumbnail(jpeg, key), size, interpolation) for key, jpeg in thumbnails]  # type: ignore[arg-type]


def _from_files(
    keys: Sequence[str],
    seen: Preprocessing,
    files: Mapping[str, str],
    read: Callable[[str], bytes],
    limits: PictureLimits,
    num_workers: int,
) -> Generator[Pixels, None, None]:
    results = map_pictures(
        partial(
            model_pixels,
            input_size=seen.input_size,
            interpolation=seen.interpolation,
            max_pixels=limits.max_pixels,
        ),
        [files[key] for key in keys],
        read,
        limits=limits,
        content_hashes={files[key]: content_hash_of(key) for key in keys},
        num_workers=num_workers,
        batch_files=max(1, min(BATCH_FILES, _MESSAGE_BYTES // (3 * seen.input_size**2))),
    )
    with closing(results):
        for result in results:
            if result.value is None:
                raise _not_embedded(result.filename, result.refusal)
            yield result.value


def _not_embedded(filename: str, refusal: Refusal | None) -> InputError:
    assert refusal is not None
    if refusal.reason_class == CONTENT_CHANGED:
        return InputError(
            f"{filename} changed during the run: it is not the content that was checked; run again when nothing writes "
            "into the input folder"
        )
    return InputError(
        f"{filename} cannot be embedded, although it was healthy when it was checked: {refusal.reason}; run again, "
        "without the file if it stays so"
    )
