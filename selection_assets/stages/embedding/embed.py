"""Embed pictures: decoded batches through the model, in order, with the compute efficiency on the display.

The loop and its figures belong here; the network is in `models`, decoding in `embedding_input`.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.models.bfloat16 import warn_where_slow
from selection_assets.stages.models.embedding_model import EmbeddingModel
from selection_assets.stages.models.out_of_memory import is_out_of_memory
from selection_assets.stages.pictures.picture_batches import PictureBatch, picture_batches
from selection_assets.stages.progress import progress
from selection_assets.stages.thread_count import thread_count

if TYPE_CHECKING:
    import torch

log = logging.getLogger("winnow")


@dataclass
class EmbeddingStats:
    """What an embedding run did; filled while `embed_images` runs."""

    images: int = 0
    seconds: float = 0.0
    compute_seconds: float = 0.0  # of them within the model, on average over the passes side by side
    device: str = ""
    batch_size: int = 0

    @property
    def efficiency(self) -> float:
        """Share of the time in which the model computed: near 1 well used, near 0 waiting for pictures."""
        return min(1.0, self.compute_seconds / self.seconds) if self.seconds > 0 else 1.0

    @property
    def images_per_second(self) -> float:
        return self.images / self.seconds if self.seconds > 0 else 0.0


def embed_images(
    model: EmbeddingModel,
    pictures: Iterable[NDArray[np.uint8]],
    count: int,
    *,
    batch_size: int,
    gpus: int,
    stats: EmbeddingStats | None = None,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Yield (rows, vectors) block by block in the order of `pictures`; memory does not grow with their number.

    Args:
        model: from `load_model`; moved to the device.
        pictures: (S, S, 3) uint8 RGB each, S the model's input size, from `embedding_input`; a generator is closed when
            this one is. What it raises passes through.
        count: N, how many pictures there are.
        batch_size: pictures per forward pass; lowered to N.
        gpus: 0 for the CPU, else a GPU is used where there is one.
        stats: filled on the way.

    Yields:
        rows (B,) int64, ascending positions in `pictures`, and vectors (B, D) float32. On one machine vectors do not
        depend on the batch size beyond 1e-5 of their length, and within one call equal pixels give equal bits: the last
        batch is filled up, so that all batches have one shape.

    Raises:
        InputError: the memory is too small for the batch.
    """
    import torch

    stats = EmbeddingStats() if stats is None else stats
    stats.batch_size = batch_size = max(1, min(batch_size, count))
    backbone, device = _placed(model.backbone.eval(), gpus)
    stats.device = str(device)
    if model.card.precision == "bf16" and device.type == "cpu":
        warn_where_slow("embedding_precision=bf16")
    seen = model.card.preprocessing
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (seen.mean, seen.std))

    def forward(batch: PictureBatch) -> tuple[NDArray[np.float32], float]:
        """Vectors (B, D) and the seconds they took."""
        began = time.perf_counter()
        pixels = torch.from_numpy(batch.pixels).to(device).permute(0, 3, 1, 2)
        with (
            torch.inference_mode(),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
            torch.autocast(device.type, torch.bfloat16, enabled=model.card.precision == "bf16"),
        ):
            normalised = pixels.float().div_(255.0).sub_(mean).div_(std)
            vectors = backbone(normalised).flatten(start_dim=1)[: len(batch.rows)].float().cpu().numpy()
        return vectors, time.perf_counter() - began

    total = -(-count // batch_size)
    side_by_side = _side_by_side(device, total)
    batches = picture_batches(pictures, batch_size)
    with closing(batches), progress("Compute efficiency: 1.00", total=total, unit="batches") as bar:
        started = time.perf_counter()
        for batch, (vectors, seconds) in _in_order(batches, forward, side_by_side, batch_size, seen.input_size):
            stats.images += len(batch.rows)
            stats.compute_seconds += seconds / side_by_side
            stats.seconds += time.perf_counter() - started
            bar.describe(f"Compute efficiency: {stats.efficiency:.2f}")
            bar.update(1)
            yield batch.rows, vectors
            started = time.perf_counter()  # what the caller does meanwhile does not count


def _side_by_side(device: "torch.device", passes: int) -> int:
    """On a CPU one pass per core, each with one thread: passes do not wait for each other, threads of one pass do, and
    for long where decoding takes the cores in between."""
    return max(1, min(passes, thread_count(-1))) if device.type == "cpu" else 1


def _in_order(
    batches: Iterator[PictureBatch],
    forward: Callable[[PictureBatch], tuple[NDArray[np.float32], float]],
    side_by_side: int,
    batch_size: int,
    input_size: int,
) -> Iterator[tuple[PictureBatch, tuple[NDArray[np.float32], float]]]:
    """Each batch with what `forward` makes of it, several at a time, in order."""
    import torch

    before = torch.get_num_threads()
    threads = max(1, before // side_by_side)
    passes: deque[tuple[PictureBatch, Future[tuple[NDArray[np.float32], float]]]] = deque()
    # The number of threads is the library's for the whole process; each new thread has to take it over.
    with ThreadPoolExecutor(side_by_side, "forward", torch.set_num_threads, (threads,)) as pool:
        try:
            for batch in batches:
                passes.append((batch, pool.submit(forward, batch)))
                if len(passes) > side_by_side:
                    done, result = passes.popleft()
                    yield done, result.result()
            while passes:
                done, result = passes.popleft()
                yield done, result.result()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise InputError(
                f"lightly.loader.batch_size={batch_size}: too large for the memory with pictures of {input_size} px; "
                "lower it, or lightly.collate.input_size"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)
            torch.set_num_threads(before)


def _placed(backbone: "torch.nn.Module", gpus: int) -> "tuple[torch.nn.Module, torch.device]":
    """The network where it computes: on a GPU when that is wanted, present, answers and has room, else on the CPU."""
    import torch

    # channels_last is the layout of decoded pixels, and the faster one for convolutions.
    def on(device: torch.device) -> torch.nn.Module:
        return backbone.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]

    cpu = torch.device("cpu")
    if gpus > 0 and torch.cuda.is_available():
        try:
            return on(torch.device("cuda")), torch.device("cuda")
        except RuntimeError as error:  # also that other programs have taken its memory
            log.warning("the GPU cannot be used (%s): embedding on the CPU", str(error).splitlines()[0])
    return on(cpu), cpu
