"""Pictures decoded and cropped ahead of the model: threads fill batches of views while the model computes.

Which images form a batch, and the crops, belong here; what follows is in `view_pixels`, and happens on the model's
device. Batches depend on seed and epoch alone, so that a training which goes on after an interruption sees what
it would have seen. Memory does not grow with the number of images: pictures are read when their batch is due.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs.errors import InputError
from configs.stages.training import AugmentationConfig
from selection_assets.stages.pictures.picture_batches import CHUNK
from selection_assets.stages.pictures.thumbnail_pixels import decode_thumbnail
from selection_assets.stages.thread_count import thread_count
from selection_assets.stages.training.view_parameters import Floats, ViewParameters, draw_views

Pictures = Callable[[Sequence[str]], Mapping[str, bytes]]  # keys -> JPEGs, for those that there are
Crops = tuple[NDArray[np.uint8], ViewParameters]
Views = NDArray[np.float32]

BATCHES_AHEAD = 2


class ViewBatches:
    """Iterating gives one epoch: (2 B, S, S, 3) uint8 crops with their parameters, an image's views B apart; where the
    model is on the CPU, finished views (2 B, 3, S, S) float32.

    Set `epoch` before each round; `rank` and `world` share out the images among processes.
    """

    def __init__(
        self,
        keys: Sequence[str],
        sizes: NDArray[np.int64],
        pictures: Pictures,
        *,
        collate: AugmentationConfig,
        input_size: int,
        batch_size: int,
        shuffle: bool,
        drop_last: bool,
        num_workers: int,
        seed: int,
        finished: bool = False,
    ) -> None:
        """`sizes` (N, 2): width and height of each picture. `pictures` is called from threads and other processes.
        `finished`: make the views here, too."""
        self.keys, self.sizes, self.pictures = list(keys), sizes, pictures
        self.collate, self.input_size, self.batch_size = collate, input_size, batch_size
        self.shuffle, self.drop_last, self.num_workers, self.seed = shuffle, drop_last, num_workers, seed
        self.finished = finished
        self.epoch, self.rank, self.world = 0, 0, 1
        self.waited_seconds = 0.0  # in all: how long the model waited for pictures

    def __len__(self) -> int:
        return len(self.batches())

    def batches(self) -> list[NDArray[np.int64]]:
        """Rows of the images of each batch of this epoch and rank.

        All ranks have equally many: some images are seen twice if their number does not divide. A last batch of one
        image is left out, since it has nothing to compare with.
        """
        order = np.random.default_rng([self.seed, self.epoch]).permutation(len(self.keys))
        if not self.shuffle:
            order = np.arange(len(self.keys))
        order = np.resize(order, -(-len(order) // self.world) * self.world)[self.rank :: self.world]
        parts = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        if len(parts) > 1 and len(parts[-1]) < (self.batch_size if self.drop_last else 2):
            parts.pop()
        return parts

    def __iter__(self) -> Iterator[Crops | Views]:
        batches, epoch = self.batches(), self.epoch
        threads = thread_count(self.num_workers)
        if threads == 0:
            for number, rows in enumerate(batches):
                started = time.perf_counter()
                views = self._parameters(rows, epoch, number)
                batch = self._batch(views, [self._crops(rows, views.boxes, 0, len(rows))])
                self.waited_seconds += time.perf_counter() - started
                yield batch
            return
        with ThreadPoolExecutor(threads, thread_name_prefix="views") as pool:
            due: deque[Future[Crops | Views]] = deque()
            try:
                for number, rows in enumerate(batches):
                    views = self._parameters(rows, epoch, number)
                    starts = range(0, len(rows), CHUNK)
                    parts = [pool.submit(self._crops, rows, views.boxes, start, start + CHUNK) for start in starts]
                    # Waits for its parts, which have begun before it: tasks begin in their order.
                    due.append(pool.submit(self._joined, views, parts))
                    if len(due) > BATCHES_AHEAD:
                        yield self._awaited(due.popleft())
                while due:
                    yield self._awaited(due.popleft())
            finally:
                pool.shutdown(cancel_futures=True)

    def _parameters(self, rows: NDArray[np.int64], epoch: int, number: int) -> ViewParameters:
        random = np.random.default_rng([self.seed, epoch, self.rank, number])
        return draw_views(random, self.sizes[rows], self.collate, self.input_size)

    def _awaited(self, batch: "Future[Crops | Views]") -> Crops | Views:
        started = time.perf_counter()
        made = batch.result()
        self.waited_seconds += time.perf_counter() - started
        return made

    def _joined(self, views: ViewParameters, parts: list[Future[NDArray[np.uint8]]]) -> Crops | Views:
        return self._batch(views, [part.result() for part in parts])

    def _batch(self, views: ViewParameters, parts: list[NDArray[np.uint8]]) -> Crops | Views:
        crops = np.concatenate(parts, axis=1)  # (2, B, S, S, 3)
        crops = crops.reshape(-1, *crops.shape[2:])
        if not self.finished:
            return crops, views
        import torch

        from selection_assets.stages.training.view_pixels import augment

        with torch.no_grad():
            return augment(torch.from_numpy(crops), views).numpy()

    def _crops(self, rows: NDArray[np.int64], boxes: Floats, start: int, stop: int) -> NDArray[np.uint8]:
        """(2, b, S, S, 3): both crops of the images `rows[start:stop]`, each decoded once."""
        keys = [self.keys[row] for row in rows[start:stop]]
        found = self.pictures(keys)
        made = np.empty((2, len(keys), self.input_size, self.input_size, 3), np.uint8)
        for place, key in enumerate(keys):
            if key not in found:
                raise InputError(f"the thumbnail {key} is gone; run again, so that it is made again")
            picture = decode_thumbnail(found[key], key)
            for view in range(2):
                made[view, place] = crop(picture, boxes[view * len(rows) + start + place], self.input_size)
        return made


def crop(picture: Image.Image, box: Floats, size: int) -> NDArray[np.uint8]:
    """(S, S, 3): the part of `picture` inside `box` (shares), resized with antialiased bilinear filtering."""
    width, height = picture.size
    left, top, right, bottom = (box * np.array([width, height, width, height])).tolist()
    right, bottom = min(max(right, left + 1e-3), width), min(max(bottom, top + 1e-3), height)
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR, box=(left, top, right, bottom)))
