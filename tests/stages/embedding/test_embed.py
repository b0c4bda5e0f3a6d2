import io
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from configs.errors import InputError
from selection_assets.stages.embedding.embed import EmbeddingStats, embed_images
from selection_assets.stages.models.embedding_model import EmbeddingModel, load_model
from selection_assets.stages.models.model_choice import resnet_choice
from selection_assets.stages.models.preprocessing import MEAN, STD
from selection_assets.stages.pictures.picture_batches import CHUNK, picture_batches, thread_count
from tests.stages.embedding.conftest import SMALL
from tests.stages.embedding.whole_results import embed_all


def one_by_one(model: EmbeddingModel, pictures: dict[str, bytes], size: int) -> np.ndarray:
    from torchvision import transforms

    transform = transforms.Compose(
        [transforms.Resize((size, size)), transforms.ToTensor(), transforms.Normalize(mean=MEAN, std=STD)]
    )
    with torch.no_grad():
        return np.stack(
            [
                model.backbone(transform(Image.open(io.BytesIO(data)).convert("RGB"))[None]).flatten().numpy()
                for data in pictures.values()
            ]
        )


@pytest.mark.parametrize(("batch_size", "num_workers"), [(16, -1), (16, 0), (1, 1), (7, 3), (37, 2), (1000, 2)])
def test_vectors_equal_the_plain_loop(pictures: dict[str, bytes], batch_size: int, num_workers: int) -> None:
    small = load_model(resnet_choice(SMALL, 32))
    rows, vectors, stats = embed_all(
        small,
        list(pictures),
        pictures.__getitem__,
        batch_size=batch_size,
        num_workers=num_workers,
        gpus=0,
    )
    expected = one_by_one(small, pictures, 32)
    assert rows.tolist() == list(range(37))
    assert vectors.dtype == np.float32
    assert np.abs(vectors - expected).max() <= 1e-5 * np.linalg.norm(expected, axis=1).max()
    assert (stats.images, stats.batch_size, stats.device) == (37, min(batch_size, 37), "cpu")
    assert 0 < stats.efficiency <= 1 and stats.images_per_second > 0


def test_equal_pictures_have_equal_bits_wherever_they_stand(
    small_model: EmbeddingModel, pictures: dict[str, bytes]
) -> None:
    same = pictures["p/03.jpg"]
    names = [*pictures, "again", "and again"]
    _, vectors, _ = embed_all(small_model, names, lambda name: pictures.get(name, same), batch_size=8, gpus=0)
    assert vectors[37].tobytes() == vectors[38].tobytes() == vectors[3].tobytes()


def test_pil_pictures_are_taken_too(small_model: EmbeddingModel, pictures: dict[str, bytes]) -> None:
    names = list(pictures)[:5]
    _, from_bytes, _ = embed_all(small_model, names, pictures.__getitem__, gpus=0)
    _, from_pil, _ = embed_all(small_model, names, lambda n: Image.open(io.BytesIO(pictures[n])), gpus=0)
    assert np.array_equal(from_bytes, from_pil)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_broken_pictures_lose_their_row_only(
    small_model: EmbeddingModel, pictures: dict[str, bytes], num_workers: int, caplog: pytest.LogCaptureFixture
) -> None:
    names = list(pictures)
    broken = dict(pictures) | {names[4]: b"", names[20]: pictures[names[20]][:300]}

    def picture(name: str) -> bytes:
        if name == names[30]:
            raise FileNotFoundError(name)
        return broken[name]

    stats = EmbeddingStats()
    blocks = list(embed_images(small_model, names, picture, batch_size=4, num_workers=num_workers, gpus=0, stats=stats))
    rows = np.concatenate([rows for rows, _ in blocks])
    _, expected, _ = embed_all(small_model, names, pictures.__getitem__, gpus=0)
    assert rows.tolist() == [row for row in range(37) if row not in (4, 20, 30)]
    assert np.array_equal(np.concatenate([vectors for _, vectors in blocks]), expected[rows])
    assert list(stats.failed) == [names[4], names[20], names[30]]
    assert stats.failed[names[4]] == "the file is empty (0 bytes)"
    assert "3 pictures could not be decoded" in caplog.text


def test_less_precision_where_it_is_asked_for(small_model: EmbeddingModel, pictures: dict[str, bytes]) -> None:
    less = replace(small_model, card=replace(small_model.card, precision="bf16"))
    _, exact, _ = embed_all(small_model, list(pictures), pictures.__getitem__, gpus=0)
    _, vectors, _ = embed_all(less, list(pictures), pictures.__getitem__, gpus=0)
    assert vectors.dtype == np.float32
    assert not np.array_equal(vectors, exact)
    cosines = (vectors * exact).sum(axis=1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(exact, axis=1)
    assert cosines.min() > 0.998


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory. Tried"), RuntimeError("can't allocate memory: you"), MemoryError()],
)
def test_out_of_memory_names_the_keys_to_lower(
    small_model: EmbeddingModel, pictures: dict[str, bytes], error: Exception
) -> None:
    class Large(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            raise error

    large = replace(small_model, backbone=Large())
    with pytest.raises(InputError, match=r"lightly\.loader\.batch_size=16: too large .* or lightly\.collate\.input"):
        embed_all(large, list(pictures), pictures.__getitem__, gpus=0)


def test_nothing_to_embed(small_model: EmbeddingModel) -> None:
    rows, vectors, stats = embed_all(small_model, [], lambda _: b"", gpus=0)
    assert rows.shape == (0,) and vectors.shape == (0, 16) and stats.images == 0


def test_reading_stays_a_bounded_distance_ahead(pictures: dict[str, bytes]) -> None:
    read = 0
    lock = threading.Lock()

    def picture(_: str) -> bytes:
        nonlocal read
        with lock:
            read += 1
        return pictures["p/00.jpg"]

    batches = picture_batches([str(i) for i in range(5_000)], picture, 8, batch_size=16, num_workers=2)
    next(batches)
    time.sleep(0.3)
    assert read <= 16 + (2 * 2 + 2 + 1) * CHUNK
    batches.close()  # type: ignore[attr-defined]
    stopped = read
    time.sleep(0.1)
    assert read == stopped


def test_errors_of_the_caller_are_not_hidden(small_model: EmbeddingModel) -> None:
    def picture(_: str) -> bytes:
        raise RuntimeError("store is closed")

    with pytest.raises(RuntimeError, match="store is closed"):
        embed_all(small_model, ["a"], picture, gpus=0)


def test_thread_count() -> None:
    assert (thread_count(0), thread_count(5)) == (0, 5)
    assert thread_count(-1) >= 1
