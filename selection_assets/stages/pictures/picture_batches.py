"""Pictures decoded ahead of the model: threads fill batches while the model computes, in order, in bounded memory.

Reading and decoding around the loop belong here; the transform itself is in `picture_pixels`.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from selection_assets.stages.models.preprocessing import Interpolation
from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.picture_pixels import reason_of, square_pixels

Picture = Callable[[str], bytes | Image.Image]
Decoded = NDArray[np.uint8] | str  # pixels, or why there are none

CHUNK = 8  # pictures per task: small enough to share a batch among threads, large enough to hide a task's overhead


@dataclass(frozen=True)
class PictureBatch:
    """`pixels` (batch_size, S, S, 3) uint8, of which the first len(rows) belong to `rows`; the rest is zeros."""

    rows: NDArray[np.int64]
    pixels: NDArray[np.uint8]
    failed: dict[int, str]  # row -> reason


def picture_batches(
    names: Sequence[str],
    picture: Picture,
    size: int,
    batch_size: int,
    num_workers: int,
    interpolation: Interpolation = "bilinear",
) -> Iterator[PictureBatch]:
    """Yield all pictures in the order of `names`, `batch_size` names at a time.

    `picture` is called from threads. `num_workers`: threads, 0 decodes in the caller's, -1 takes one per CPU core.
    """
    decode = partial(_decode, picture, size, interpolation)
    decoded = _decoded(names, decode, num_workers, max(batch_size, 1))
    for start in range(0, len(names), batch_size):
        rows: list[int] = []
        failed: dict[int, str] = {}
        pixels = np.zeros((batch_size, size, size, 3), np.uint8)
        for row in range(start, min(start + batch_size, len(names))):
            result = next(decoded)
            if isinstance(result, str):
                failed[row] = result
            else:
                pixels[len(rows)] = result
                rows.append(row)
        yield PictureBatch(np.array(rows, np.int64), pixels, failed)


def thread_count(num_workers: int) -> int:
    """Threads for the option value: -1 stands for the cores that this process may use."""
    if num_workers >= 0:
        return num_workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _decoded(
    names: Sequence[str], decode: Callable[[str], Decoded], num_workers: int, batch_size: int
) -> Iterator[Decoded]:
    """Pictures one by one, at most two batches (or two tasks per thread) ahead of the consumer."""
    threads = thread_count(num_workers)
    if threads == 0:
        for name in names:
            yield decode(name)
        return

    def chunk(start: int) -> list[Decoded]:
        return [decode(name) for name in names[start : start + CHUNK]]

    starts = iter(range(0, len(names), CHUNK))
    ahead = max(2 * threads, -(-2 * batch_size // CHUNK))
    with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
        tasks: deque[Future[list[Decoded]]] = deque()
        try:
            for start in starts:
                tasks.append(pool.submit(chunk, start))
                if len(tasks) > ahead:
                    yield from tasks.popleft().result()
            while tasks:
                yield from tasks.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _decode(picture: Picture, size: int, interpolation: Interpolation, name: str) -> Decoded:
    try:
        return square_pixels(picture(name), size, interpolation)
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        CorruptImageError,
    ) as error:
        return reason_of(error)
