import io
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from configs.errors import InputError
from selection_assets.stages.embedding.embed import EmbeddingStats, _in_order, _placed, _side_by_side, embed_images
from selection_assets.stages.models.embedding_model import EmbeddingModel, load_model
from selection_assets.stages.models.model_choice import resnet_choice
from selection_assets.stages.models.preprocessing import MEAN, STD
from selection_assets.stages.pictures.picture_batches import PictureBatch
from tests.stages.embedding.conftest import SMALL
from tests.stages.embedding.whole_results import embed_all, squares


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


@pytest.mark.parametrize("batch_size", [16, 1, 7, 37, 1000])
def test_vectors_equal_the_plain_loop(pictures: dict[str, bytes], batch_size: int) -> None:
    small = load_model(resnet_choice(SMALL, 32))
    rows, vectors, stats = embed_all(small, squares(pictures.values(), 32), batch_size=batch_size)
    expected = one_by_one(small, pictures, 32)
    assert rows.tolist() == list(range(37))
    assert vectors.dtype == np.float32
    assert np.abs(vectors - expected).max() <= 1e-5 * np.linalg.norm(expected, axis=1).max()
    assert (stats.images, stats.batch_size, stats.device) == (37, min(batch_size, 37), "cpu")
    assert 0 < stats.efficiency <= 1 and stats.images_per_second > 0


def test_equal_pictures_have_equal_bits_wherever_they_stand(
    small_model: EmbeddingModel, pictures: dict[str, bytes]
) -> None:
    pixels = squares(pictures.values())
    _, vectors, _ = embed_all(small_model, [*pixels, pixels[3], pixels[3]], batch_size=8)
    assert vectors[37].tobytes() == vectors[38].tobytes() == vectors[3].tobytes()


def test_less_precision_where_it_is_asked_for(small_model: EmbeddingModel, pictures: dict[str, bytes]) -> None:
    less = replace(small_model, card=replace(small_model.card, precision="bf16"))
    _, exact, _ = embed_all(small_model, squares(pictures.values()))
    _, vectors, _ = embed_all(less, squares(pictures.values()))
    assert vectors.dtype == np.float32
    assert not np.array_equal(vectors, exact)
    cosines = (vectors * exact).sum(axis=1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(exact, axis=1)
    assert cosines.min() > 0.998


def test_a_card_computes_in_full_precision_and_the_same_each_time(
    small_model: EmbeddingModel, pictures: dict[str, bytes]
) -> None:
    seen: list[object] = []

    class Watching(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            cudnn = torch.backends.cudnn
            seen.append((cudnn.enabled, cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32))
            seen.append((torch.is_inference_mode_enabled(), images.dtype))
            return images[:, 0, :4, :4]

    embed_all(replace(small_model, backbone=Watching()), squares(pictures.values()), batch_size=64)
    assert seen == [(True, False, True, False), (True, torch.float32)]


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
        embed_all(large, squares(pictures.values()))


def test_nothing_to_embed(small_model: EmbeddingModel) -> None:
    rows, vectors, stats = embed_all(small_model, [])
    assert rows.shape == (0,) and vectors.shape == (0, 16) and stats.images == 0


@pytest.mark.parametrize("error", [RuntimeError("store is closed"), InputError("a.png changed during the run")])
def test_errors_of_the_pictures_pass_through(
    small_model: EmbeddingModel, pictures: dict[str, bytes], error: Exception
) -> None:
    def broken() -> Iterator[np.ndarray]:
        yield from squares(pictures.values())
        raise error

    rows: list[int] = []
    with pytest.raises(type(error), match=str(error)):
        for block, _ in embed_images(small_model, broken(), 100, batch_size=4, gpus=0):
            rows.extend(block.tolist())
    assert rows == list(range(len(rows)))


def test_closing_closes_what_makes_the_pictures(small_model: EmbeddingModel, pictures: dict[str, bytes]) -> None:
    ended = False

    def endless() -> Iterator[np.ndarray]:
        nonlocal ended
        try:
            while True:
                yield from squares(pictures.values())
        finally:
            ended = True

    blocks = embed_images(small_model, endless(), 1_000_000, batch_size=4, gpus=0)
    assert next(blocks)[0].tolist() == [0, 1, 2, 3]
    blocks.close()  # type: ignore[attr-defined]
    assert ended


@pytest.mark.parametrize(("precision", "warned"), [("32", False), ("bf16", True)])
def test_a_processor_without_arithmetic_for_bf16_is_told_of_only_where_it_is_used(
    small_model: EmbeddingModel, monkeypatch: pytest.MonkeyPatch, precision: str, warned: bool
) -> None:
    said: list[str] = []
    monkeypatch.setattr("selection_assets.stages.embedding.embed.warn_where_slow", said.append)
    card = replace(small_model.card, precision=precision)  # type: ignore[arg-type]
    embed_all(replace(small_model, card=card), [np.zeros((64, 64, 3), np.uint8)])
    assert said == (["embedding_precision=bf16"] if warned else [])


def test_figures_follow_from_what_was_counted() -> None:
    assert (EmbeddingStats().efficiency, EmbeddingStats().images_per_second) == (1.0, 0.0)
    stats = EmbeddingStats(images=30, seconds=4.0, compute_seconds=1.0)
    assert (stats.efficiency, stats.images_per_second) == (0.25, 7.5)
    assert EmbeddingStats(images=1, seconds=1.0, compute_seconds=1.5).efficiency == 1.0
    assert EmbeddingStats().compute_seconds == 0


@pytest.mark.parametrize(("gpus", "device"), [(0, "cpu"), (1, "cuda"), (4, "cuda")])
def test_a_gpu_is_used_where_it_is_wanted_and_answers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, gpus: int, device: str
) -> None:
    class Network(torch.nn.Module):
        broken = False

        def to(self, device: torch.device, **_: object) -> "Network":  # type: ignore[override]
            if self.broken and device.type == "cuda":
                raise RuntimeError("CUDA error: unknown error\nmore")
            self.moved = device
            return self

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    network = Network()
    assert _placed(network, gpus) == (network, torch.device(device))
    assert network.moved == torch.device(device)
    network.broken = True
    assert _placed(network, gpus) == (network, torch.device("cpu"))
    assert network.moved == torch.device("cpu")
    told = ["the GPU cannot be used (CUDA error: unknown error): embedding on the CPU"]
    assert caplog.messages == (told if gpus else [])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    network.broken = False
    assert _placed(network, gpus) == (network, torch.device("cpu"))


@pytest.mark.parametrize(
    ("device", "passes", "expected"), [("cpu", 9, 4), ("cpu", 3, 3), ("cpu", 0, 1), ("cuda", 9, 1), ("cuda", 0, 1)]
)
def test_passes_side_by_side(monkeypatch: pytest.MonkeyPatch, device: str, passes: int, expected: int) -> None:
    monkeypatch.setattr("selection_assets.stages.embedding.embed.thread_count", lambda asked: {-1: 4}[asked])
    assert _side_by_side(torch.device(device), passes) == expected


@pytest.mark.parametrize("side_by_side", [1, 3])
def test_one_batch_waits_while_the_others_are_passed(side_by_side: int) -> None:
    taken: list[int] = []

    def batches() -> Iterator[PictureBatch]:
        for row in range(9):
            taken.append(row)
            yield PictureBatch(np.array([row]), np.zeros((1, 2, 2, 3), np.uint8))

    def forward(batch: PictureBatch) -> tuple[np.ndarray, float]:
        return batch.rows.astype(np.float32)[:, None], 0.0

    done = _in_order(batches(), forward, side_by_side, 1, 2)
    for row in range(9):
        batch, (vectors, _) = next(done)
        assert (batch.rows.tolist(), vectors.tolist()) == ([row], [[row]])
        assert len(taken) == min(9, row + side_by_side + 1)
    assert list(done) == []


@pytest.mark.parametrize(("count", "batch_size", "total"), [(1, 4, 1), (4, 4, 1), (5, 4, 2), (8, 4, 2), (9, 4, 3)])
def test_the_bar_counts_batches(
    small_model: EmbeddingModel, monkeypatch: pytest.MonkeyPatch, count: int, batch_size: int, total: int
) -> None:
    seen: list[object] = []

    class Bar:
        def __init__(self, text: str, total: int, unit: str) -> None:
            seen.append((total, unit))

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None: ...

        def describe(self, text: str) -> None:
            assert text.startswith("Compute efficiency: ")

        def update(self, steps: int) -> None:
            seen.append(steps)

    monkeypatch.setattr("selection_assets.stages.embedding.embed.progress", Bar)
    embed_all(small_model, [np.zeros((64, 64, 3), np.uint8)] * count, batch_size=batch_size)
    assert seen == [(total, "batches"), *[1] * total]
