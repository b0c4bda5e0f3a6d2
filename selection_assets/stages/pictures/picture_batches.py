"""Decoded pictures in batches of one shape, as a model takes them.

Where pictures come from does not belong here.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHUNK = 8  # pictures per task: small enough to share a batch among threads, large enough to hide a task's overhead


@dataclass(frozen=True)
class PictureBatch:
    """`pixels` (batch_size, S, S, 3) uint8, of which the first len(rows) belong to `rows`; the rest is zeros."""

    rows: NDArray[np.int64]
    pixels: NDArray[np.uint8]


def picture_batches(pictures: Iterable[NDArray[np.uint8]], batch_size: int) -> Generator[PictureBatch, None, None]:
    """Yield `pictures`, each (S, S, 3), `batch_size` at a time, in order; the last batch is filled up with zeros.

    Closing this generator closes `pictures` where that is a generator too, and with it the workers behind it.
    """
    try:
        batch: NDArray[np.uint8] | None = None
        start = filled = 0
        for picture in pictures:
            if batch is None:
                batch = np.zeros((batch_size, *picture.shape), np.uint8)
            batch[filled] = picture
            filled += 1
            if filled == batch_size:
                yield PictureBatch(np.arange(start, start + filled), batch)
                batch, start, filled = None, start + filled, 0
        if batch is not None:
            yield PictureBatch(np.arange(start, start + filled), batch)
    finally:
        if isinstance(pictures, Generator):
            pictures.close()
