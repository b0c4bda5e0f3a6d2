"""The known table of statistics on real pictures: frames of a camera that pans over two photographs."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_images

from selection_assets.stages.embedding.embed import embed_images
from selection_assets.stages.models.embedding_model import load_model
from selection_assets.stages.models.model_choice import BUILTIN, ModelChoice
from selection_assets.stages.pictures.picture_pixels import square_pixels
from selection_assets.stages.selection.loops.farthest_point import farthest_point
from tests.stages.selection.oracles import distances

FRAMES, PICKED, WINDOW = 400, 80, 200


def pan() -> dict[str, Image.Image]:
    """Windows along a slow wave over each photograph; the camera rests for the last quarter of its way."""
    frames = {}
    for number, photograph in enumerate(load_sample_images().images):
        height, width, _ = photograph.shape
        for step in range(FRAMES // 2):
            way = min(step / (FRAMES // 2 - 1) / 0.75, 1.0)
            left = round(way * (width - WINDOW))
            top = round((0.5 + 0.5 * np.sin(9 * way)) * (height - WINDOW))
            part = photograph[top : top + WINDOW, left : left + WINDOW]
            frames[f"{number}/{step:03}"] = Image.fromarray(part)
    return frames


def spread(x: NDArray[np.float32], order: NDArray[np.int64]) -> tuple[float, float, float]:
    """Mean, minimum and 10th percentile of the distances between all pairs."""
    pairs = distances(x[order])[np.triu_indices(len(order), 1)]
    return float(pairs.mean()), float(pairs.min()), float(np.percentile(pairs, 10))


def test_a_coreset_spreads_wider_than_chance() -> None:
    frames = pan()
    model = load_model(ModelChoice(BUILTIN, None, None))
    squares = [square_pixels(frame, model.card.preprocessing.input_size) for frame in frames.values()]
    x = np.concatenate([vectors for _, vectors in embed_images(model, squares, len(frames), batch_size=16, gpus=0)])
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    all_of_them = spread(x, np.arange(FRAMES))
    coreset = spread(x, farthest_point(x, n_samples=PICKED, min_distance=None, seed=1).order)
    by_chance = spread(x, np.random.default_rng(1).permutation(FRAMES)[:PICKED])
    assert all_of_them[1] < 1e-6  # the resting camera
    assert coreset[0] > by_chance[0]
    assert coreset[1] > max(0.3, 5 * by_chance[1])
    assert coreset[2] > 1.1 * by_chance[2]
