"""What the stages give piece by piece, in one go."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.embedding.embed import EmbeddingStats, embed_images
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import EmbeddingModel, load_model
from selection_assets.stages.models.model_choice import resnet_choice
from selection_assets.stages.pictures.picture_pixels import square_pixels


def load_resnet(architecture: Architecture, checkpoint: Path | None = None, seed: int = 1) -> EmbeddingModel:
    """`load_model` for a ResNet on 64 pixels."""
    return load_model(resnet_choice(architecture), checkpoint, seed)


def squares(pictures: Iterable[bytes], size: int = 64) -> list[NDArray[np.uint8]]:
    """(size, size, 3) of each encoded picture."""
    return [square_pixels(data, size) for data in pictures]


def embed_all(
    model: EmbeddingModel, pictures: Sequence[NDArray[np.uint8]], **options: Any
) -> tuple[NDArray[np.int64], NDArray[np.float32], EmbeddingStats]:
    """All of `embed_images`: rows (N,), vectors (N, num_ftrs), figures."""
    stats = EmbeddingStats()
    blocks = list(embed_images(model, pictures, len(pictures), stats=stats, **{"batch_size": 16, "gpus": 0} | options))
    rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in blocks)])
    vectors = np.concatenate([np.empty((0, model.card.num_ftrs), np.float32), *(vectors for _, vectors in blocks)])
    return rows, vectors, stats
