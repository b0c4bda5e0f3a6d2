"""Embed pictures: decoded batches through the model, in order, with the compute efficiency on the display.

The loop and its figures belong here; the network is in `resnet`, decoding in `picture_batches`.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.embedding.embedding_model import EmbeddingModel
from selection_assets.stages.embedding.picture_batches import Picture, picture_batches
from selection_assets.stages.progress import progress

if TYPE_CHECKING:
    import torch

log = logging.getLogger("winnow")


@dataclass
class EmbeddingStats:
    """What an embedding run did; filled while `embed_images` runs."""

    images: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # name -> why it has no vector
    loading_seconds: float = 0.0  # waiting for pictures
    compute_seconds: float = 0.0
    device: str = ""
    batch_size: int = 0

    @property
    def efficiency(self) -> float:
        """Share of the time in which the model computed: near 1 well used, near 0 waiting for pictures."""
        total = self.loading_seconds + self.compute_seconds
        return self.compute_seconds / total if total > 0 else 1.0

    @property
    def images_per_second(self) -> float:
        total = self.loading_seconds + self.compute_seconds
        return self.images / total if total > 0 else 0.0


def embed_images(
    model: EmbeddingModel,
    names: Sequence[str],
    picture: Picture,
    *,
    batch_size: int = 16,
    num_workers: int = -1,
    gpus: int = 1,
    stats: EmbeddingStats | None = None,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Yield (rows, vectors) block by block in the order of `names`; memory does not grow with their number.

    Args:
        model: from `load_model`; moved to the device.
        names: (N,) what to ask `picture` for.
        picture: name -> encoded bytes or a PIL image; called from threads.
        batch_size: pictures per forward pass; lowered to N.
        num_workers: decoding threads; -1 one per core, 0 none.
        gpus: 0 for the CPU, else a GPU is used where there is one.
        stats: filled on the way.

    Yields:
        rows (B,) int64, ascending positions in `names`, and vectors (B, D) float32. A picture that cannot be
        decoded has no row; `stats.failed` says why. On one machine vectors depend on neither batch size nor workers
        beyond 1e-5 of their length, and within one call equal pixels give equal bits (the last batch is filled up, so
        that all batches have one shape): exact duplicates can be found by comparing rows.

    Raises:
        InputError: the GPU's memory is too small for the batch.
    """
    import torch

    from selection_assets.stages.embedding.resnet import embed_batch

    stats = EmbeddingStats() if stats is None else stats
    stats.batch_size = batch_size = max(1, min(batch_size, len(names)))
    device = _device(gpus)
    stats.device = str(device)
    # channels_last is the layout of decoded pixels, and the faster one for convolutions.
    seen = model.card.preprocessing
    backbone = model.backbone.eval().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (seen.mean, seen.std))

    total = -(-len(names) // batch_size)
    with progress("Compute efficiency: 1.00", total=total, unit="batches") as bar:
        started = time.perf_counter()
        for batch in picture_batches(names, picture, seen.input_size, batch_size, num_workers, seen.interpolation):
            loaded = time.perf_counter()
            pixels = torch.from_numpy(batch.pixels).to(device).permute(0, 3, 1, 2)
            try:
                with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
                    normalised = pixels.float().div_(255.0).sub_(mean).div_(std)
                    vectors = embed_batch(backbone, normalised)[: len(batch.rows)].cpu().numpy()
            except torch.cuda.OutOfMemoryError as error:
                raise InputError(
                    f"lightly.loader.batch_size={batch_size}: too large for the memory of this GPU with pictures of "
                    f"{seen.input_size} px; set a smaller value"
                ) from error
            done = time.perf_counter()
            stats.images += len(batch.rows)
            stats.failed.update((names[row], reason) for row, reason in batch.failed.items())
            stats.loading_seconds += loaded - started
            stats.compute_seconds += done - loaded
            bar.describe(f"Compute efficiency: {(done - loaded) / max(done - started, 1e-9):.2f}")
            bar.update(1)
            if len(batch.rows):
                yield batch.rows, vectors
            started = time.perf_counter()
    if stats.failed:
        name, reason = next(iter(stats.failed.items()))
        log.warning(
            "%d pictures could not be decoded and have no embedding (first: %s: %s)", len(stats.failed), name, reason
        )


def embed_all(
    model: EmbeddingModel,
    names: Sequence[str],
    picture: Picture,
    *,
    batch_size: int = 16,
    num_workers: int = -1,
    gpus: int = 1,
) -> tuple[NDArray[np.int64], NDArray[np.float32], EmbeddingStats]:
    """`embed_images` in one go: rows (M,), vectors (M, num_ftrs), figures; M = N unless pictures are broken."""
    stats = EmbeddingStats()
    rows = np.empty(len(names), np.int64)
    vectors = np.empty((len(names), model.card.num_ftrs), np.float32)
    filled = 0
    for block_rows, block in embed_images(
        model,
        names,
        picture,
        batch_size=batch_size,
        num_workers=num_workers,
        gpus=gpus,
        stats=stats,
    ):
        rows[filled : filled + len(block)] = block_rows
        vectors[filled : filled + len(block)] = block
        filled += len(block)
    return rows[:filled], vectors[:filled], stats


def _device(gpus: int) -> "torch.device":
    """The GPU when it is wanted, present and answers; else the CPU."""
    import torch

    if gpus > 0 and torch.cuda.is_available():
        try:
            torch.zeros(1, device="cuda")
            return torch.device("cuda")
        except RuntimeError as error:
            log.warning("the GPU does not answer (%s): embedding on the CPU", str(error).splitlines()[0])
    return torch.device("cpu")
