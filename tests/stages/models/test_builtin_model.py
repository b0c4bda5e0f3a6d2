"""The published weights. The figures here are those of the file: new weights need new ones, and a new table."""

import functools
import hashlib
import json
import struct

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from selection_assets.stages.models.builtin_model import WEIGHTS, builtin_header, load_builtin_model
from selection_assets.stages.models.builtin_network import DIMENSIONS, PARTS, SIDE, BuiltinNetwork
from selection_assets.stages.models.preprocessing import MEAN, STD

MAX_BYTES = 12_000_000
# Of formula_pictures: 0 with 1, 0 with 2, and so on to 3 with 4.
COSINES = [
    0.592,
    0.162,
    -0.05,
    -0.049,
    0.006,
    -0.17,
    -0.172,
    -0.025,
    -0.034,
    0.996,
]


@functools.cache
def model() -> BuiltinNetwork:
    return load_builtin_model()


def formula_pictures() -> NDArray[np.float64]:
    """(5, SIDE, SIDE, 3) in [0, 1]: two ramps, a disc, waves, waves a little brighter. No random numbers."""
    y, x = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE), indexing="ij")
    disc = (np.hypot(x - 0.4, y - 0.6) < 0.25).astype(np.float64)
    waves = 0.5 + 0.4 * np.sin(40 * x + 25 * y)
    return np.stack(
        [
            np.stack([x, y, 1 - x], axis=-1),
            np.stack([y, y, y], axis=-1),
            np.stack([0.2 + 0.7 * disc, 0.3 + 0.1 * disc, 0.6 - 0.5 * disc], axis=-1),
            np.stack([waves, 0.8 * waves, 0.5 * waves], axis=-1),
            np.stack([waves, 0.8 * waves, 0.5 * waves], axis=-1) * 1.05,
        ]
    ).clip(0, 1)


def vectors_of(network: torch.nn.Module, pictures: NDArray[np.floating]) -> NDArray[np.float32]:
    """`pictures` (N, SIDE, SIDE, 3) in [0, 1], normalised as the product does it."""
    batch = torch.from_numpy(((pictures - MEAN) / STD).astype(np.float32)).permute(0, 3, 1, 2)
    with torch.inference_mode():
        rows: NDArray[np.float32] = network(batch.contiguous(memory_format=torch.channels_last)).numpy()
    return rows


def cosines(rows: NDArray[np.floating], columns: NDArray[np.floating]) -> NDArray[np.floating]:
    unit_rows, unit_columns = (m / np.linalg.norm(m, axis=1, keepdims=True) for m in (rows, columns))
    result: NDArray[np.floating] = unit_rows @ unit_columns.T
    return result


def test_the_file_is_small_and_float16_and_says_what_it_is() -> None:
    content = WEIGHTS.read_bytes()
    assert len(content) <= MAX_BYTES
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__")
    assert {entry["dtype"] for entry in header.values()} == {"F16"}
    assert metadata["input_size"] == str(SIDE)
    assert metadata["dimensions"] == str(DIMENSIONS) == str(sum(part.dimensions for part in PARTS))
    assert [float(part) for part in metadata["mean"].split(",")] == list(MEAN)
    assert [float(part) for part in metadata["std"].split(",")] == list(STD)
    assert metadata["architecture"].endswith(BuiltinNetwork.__name__)
    assert "generated pictures" in metadata["training"]


def test_the_id_belongs_to_the_weights() -> None:
    digest = hashlib.sha256()
    for name, tensor in sorted(load_file(WEIGHTS).items()):
        digest.update(f"{name}{tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
    assert builtin_header().id == f"winnow-builtin-{digest.hexdigest()[:12]}"


def test_what_the_loader_returns() -> None:
    assert (builtin_header().input_size, builtin_header().dimensions) == (SIDE, DIMENSIONS)
    assert not model().training
    assert not any(parameter.requires_grad for parameter in model().parameters())


def test_vectors_stay_as_they_were() -> None:
    """Cosines of pictures that are plain formulas. Rounding differs between machines, hence the tolerance."""
    vectors = vectors_of(model(), formula_pictures())
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(cosines(vectors, vectors)[np.triu_indices(5, 1)], COSINES, atol=5e-3)


def test_a_picture_does_not_depend_on_its_batch() -> None:
    pictures = np.random.default_rng(0).random((9, SIDE, SIDE, 3))
    together = vectors_of(model(), pictures)
    alone = np.concatenate([vectors_of(model(), picture[None]) for picture in pictures])
    np.testing.assert_allclose(together, alone, atol=2e-5)


def leaves(rng: np.random.Generator) -> NDArray[np.float64]:
    """A picture of 12 coloured boxes, of side 2 * SIDE."""
    canvas = np.ones((2 * SIDE, 2 * SIDE, 3)) * rng.random(3)
    for _ in range(12):
        left, top, width, height = rng.integers(0, SIDE, 4)
        canvas[top : top + 20 + height, left : left + 20 + width] = rng.random(3)
    return canvas


def test_the_trained_model_finds_parts_of_pictures_better_than_an_untrained_one() -> None:
    """Query: a mirrored, brighter quarter to half of a picture; gallery: 60 whole ones. Chance: 1 in 60."""
    rng = np.random.default_rng(5)
    whole = [leaves(rng) for _ in range(60)]
    parts = []
    for picture in whole:
        side = int(rng.integers(SIDE, int(1.4 * SIDE)))
        top, left = rng.integers(0, 2 * SIDE - side, 2)
        rows = np.linspace(0, side - 1, SIDE).astype(int)
        parts.append((picture[top : top + side, left : left + side][rows][:, rows[::-1]] * 0.8 + 0.15).clip(0, 1))
    gallery, queries = np.stack([picture[::2, ::2] for picture in whole]), np.stack(parts)

    def found(network: torch.nn.Module) -> float:
        similar = cosines(vectors_of(network, queries), vectors_of(network, gallery))
        return float((similar.argmax(axis=1) == np.arange(len(queries))).mean())

    torch.manual_seed(0)
    trained, untrained = found(model()), found(BuiltinNetwork().eval())
    assert trained > untrained + 0.1
    assert trained > 0.5


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"nothing\.safetensors"):
        builtin_header(WEIGHTS.with_name("nothing.safetensors"))
