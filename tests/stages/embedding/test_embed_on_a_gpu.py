"""Embedding on a graphics card; skipped where there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.embedding.embed import EmbeddingStats, embed_images
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import EmbeddingModel, load_model
from selection_assets.stages.models.gpus import gpu_names
from selection_assets.stages.models.model_choice import BUILTIN, ModelChoice
from tests.stages.embedding.whole_results import embed_all, load_resnet, squares

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


def embedded(model: EmbeddingModel, pixels: list[NDArray[np.uint8]], batch_size: int = 16) -> NDArray[np.float32]:
    stats = EmbeddingStats()
    blocks = list(embed_images(model, pixels, len(pixels), batch_size=batch_size, gpus=1, stats=stats))
    assert stats.device == "cuda" and 0 < stats.efficiency <= 1
    return np.concatenate([vectors for _, vectors in blocks])


@pytest.mark.parametrize("name", ["resnet", "builtin"])
def test_vectors_of_the_processor(pictures: dict[str, bytes], name: str) -> None:
    def model() -> EmbeddingModel:
        return (
            load_model(ModelChoice(BUILTIN, None, None))
            if name == "builtin"
            else load_resnet(Architecture("resnet-18", 1, 32))
        )

    pixels = squares(pictures.values(), model().card.preprocessing.input_size)
    _, expected, _ = embed_all(model(), pixels)
    found = embedded(model(), pixels)
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() <= 1e-4 * np.linalg.norm(expected, axis=1).max()


@pytest.mark.parametrize("batch_size", [1, 7, 37, 1000])
def test_equal_pictures_have_equal_bits_and_batches_do_not_matter(
    small_model: EmbeddingModel, pictures: dict[str, bytes], batch_size: int
) -> None:
    pixels = squares(pictures.values())
    one = embedded(small_model, [*pixels, pixels[3]], batch_size=16)
    found = embedded(small_model, [*pixels, pixels[3]], batch_size)
    assert found[37].tobytes() == found[3].tobytes()
    assert np.abs(found - one).max() <= 1e-5 * np.linalg.norm(one, axis=1).max()


def test_less_precision(pictures: dict[str, bytes]) -> None:
    exact = load_resnet(Architecture("resnet-18", 1, 32))
    less = replace(exact, card=replace(exact.card, precision="bf16"))
    pixels = squares(pictures.values())
    one, two = embedded(exact, pixels), embedded(less, pixels)
    assert not np.array_equal(one, two)
    cosines = (one * two).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(two, axis=1)
    assert cosines.min() > 0.99


@contextmanager
def memory(fraction: float) -> Iterator[None]:
    """For this process."""
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(fraction)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        torch.cuda.empty_cache()


def test_a_batch_that_does_not_fit_is_one_line() -> None:
    pixels = [np.zeros((224, 224, 3), np.uint8)] * 2000
    one_gigabyte = (1 << 30) / torch.cuda.get_device_properties(0).total_memory
    with (
        memory(one_gigabyte),
        pytest.raises(InputError, match=r"^lightly\.loader\.batch_size=2000: too large for the memory"),
    ):
        embedded(load_resnet(Architecture("resnet-18", 1, 32)), pixels, 2000)


def test_a_card_that_others_have_filled(pictures: dict[str, bytes], caplog: pytest.LogCaptureFixture) -> None:
    stats, pixels = EmbeddingStats(), squares(pictures.values())
    model = load_resnet(Architecture("resnet-18", 1, 32))
    with memory(1e-6):
        blocks = list(embed_images(model, pixels, len(pixels), batch_size=16, gpus=1, stats=stats))
    assert (stats.device, stats.images) == ("cpu", 37)
    assert np.isfinite(np.concatenate([vectors for _, vectors in blocks])).all()
    assert [message.partition("(")[0] for message in caplog.messages] == ["the GPU cannot be used "]


def test_names_of_cards() -> None:
    names = gpu_names(torch.cuda.device_count() + 5)
    assert len(set(names)) == torch.cuda.device_count() == len(names)
    assert all(len(name) == 36 for name in names)  # UUIDs: the same in every process and container
