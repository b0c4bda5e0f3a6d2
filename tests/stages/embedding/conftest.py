"""A small model and small pictures, so that tests of the embedding stage take seconds."""

import io

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import EmbeddingModel
from tests.stages.embedding.whole_results import load_resnet

SMALL = Architecture("resnet-9", 0.125, 16)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Models this small are slower with several threads, above all beside other test processes."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def small_model() -> EmbeddingModel:
    return load_resnet(SMALL)


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    """37 JPEGs of different content and shape, by name, in order."""
    rng = np.random.default_rng(7)
    encoded = {}
    for i in range(37):
        grid = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
        picture = io.BytesIO()
        grid.resize((96 + i, 70), Image.Resampling.BICUBIC).save(picture, "JPEG", quality=90)
        encoded[f"p/{i:02d}.jpg"] = picture.getvalue()
    return encoded
