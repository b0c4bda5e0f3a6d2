"""The vectors of a run's pictures: what is remembered is taken, thumbnails or files are embedded, figures are kept."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import polars as pl

from configs.stages.check import CheckConfig
from configs.stages.embedding import EmbeddingConfig
from selection_assets.stages.embedding.embed import EmbeddingStats, embed_images
from selection_assets.stages.embedding.embedding_input import embedding_input, files_to_embed
from selection_assets.stages.embedding.sample_vectors import Blocks, SampleVectors, sample_vectors
from selection_assets.stages.map_batches import MapBatches
from selection_assets.stages.models.embedding_model import EmbeddingModel
from selection_assets.stages.models.gpus import GpuTurn, at_once, gpu_names
from selection_assets.stages.pictures.picture_limits import PictureLimits

log = logging.getLogger("winnow")


class VectorCache(Protocol):
    """Bytes by model and content key; see `resources.sample_cache`."""

    def get_many(self, kind: Literal["embeddings"], scope: str, keys: Sequence[str]) -> dict[str, bytes]: ...
    def put_many(self, kind: Literal["embeddings"], scope: str, values: Sequence[tuple[str, bytes]]) -> None: ...


@dataclass(frozen=True)
class PictureSource:
    """Where pictures come from: a few content keys -> thumbnails (JPEG); name -> bytes of the file."""

    thumbnails: Callable[[Sequence[str]], Mapping[str, bytes]]
    read: Callable[[str], bytes]


def embed_samples(
    samples: pl.DataFrame,
    thumbnails: pl.DataFrame,
    model: Mapping[str, Any],
    load: Callable[[], EmbeddingModel],
    source: PictureSource,
    cache: VectorCache,
    map_batches: MapBatches,
    config: EmbeddingConfig,
    check: CheckConfig,
    gpu_turn: GpuTurn = at_once,
) -> tuple[SampleVectors, dict[str, Any]]:
    """The vectors, and figures about the work.

    Args:
        samples: filename, source, content_key, width, height of the healthy samples.
        thumbnails: filename, width, height.
        model: row of the table `checkpoint`.
        load: loads this very model; called only where something has to be embedded.
        gpu_turn: entered while a GPU embeds.

    Raises InputError as `sample_vectors` and `embedding_input` do.
    """
    name, input_size = model["id"], model["input_size"]
    files = files_to_embed(samples, thumbnails, input_size)
    if files:
        log.info(
            "%d images are embedded from their files: thumbnails are smaller than the model's input of %d px "
            "(corruptness_check.thumbnail_size=%d avoids that).",
            len(files),
            input_size,
            input_size,
        )
    stats = EmbeddingStats()

    def embed(keys: list[str]) -> Blocks:
        loaded = load()
        pictures = embedding_input(
            keys,
            loaded.card.preprocessing,
            thumbnails=source.thumbnails,
            files=files,
            read=source.read,
            map_batches=map_batches,
            limits=PictureLimits(check.max_file_bytes, check.max_pixels, check.decode_timeout_seconds),
            num_workers=config.loader.num_workers,
            ahead=2 * config.loader.batch_size,
        )
        with gpu_turn(gpu_names(min(config.trainer.gpus, 1))):
            yield from embed_images(
                loaded, pictures, len(keys), batch_size=config.loader.batch_size, gpus=config.trainer.gpus, stats=stats
            )

    found = sample_vectors(
        samples["content_key"].to_list(),
        model["num_ftrs"],
        known=lambda keys: cache.get_many("embeddings", name, keys),
        remember=lambda values: cache.put_many("embeddings", name, values),
        embed=embed,
        model_name=name,
    )
    figures = {
        "model": name,
        "input_size": input_size,
        "embedded": found.embedded,
        "taken_from_cache": found.remembered,
    }
    if found.embedded:
        figures |= {
            "device": stats.device,
            "seconds": stats.seconds,
            "images_per_second": stats.images_per_second,
            "compute_efficiency": stats.efficiency,
        }
    return found, figures
