"""The last layers, in closed form: of each kind of features, the directions that tell pictures apart and views not.

This is linear discriminant analysis with every generated picture as a class of its own. Features are scaled so that the
differences between two views of a picture have the same spread in all directions; of these, the directions in which
pictures differ most are kept.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from builtin_model.views import plain_views, random_views
from selection_assets.stages.models.builtin_network import PARTS, SIDE, BuiltinNetwork

BLOCK = 64  # pictures at a time
Rows = list[NDArray[np.float32]]


class Fit(NamedTuple):
    """Which views, and how far the covariance of their differences is moved towards a ball (0: not, 1: wholly)."""

    mild: bool
    shrinkage: float


FITS = {
    "learned": Fit(mild=False, shrinkage=0.5),
    "structure": Fit(mild=True, shrinkage=0.15),
    "colour": Fit(mild=True, shrinkage=0.5),
}


def fit_projections(network: BuiltinNetwork, pictures: NDArray[np.uint8], seed: int) -> None:
    """Sets `network.projections` from `pictures` (N, S, S, 3); the trunk stays as it is."""
    generator = torch.Generator().manual_seed(seed)
    plain: list[Rows] = [[] for _ in PARTS]
    change: list[Rows] = [[] for _ in PARTS]  # from one view to another
    for start in range(0, len(pictures), BLOCK):
        block = torch.from_numpy(np.array(pictures[start : start + BLOCK]))
        with torch.inference_mode():
            for rows, features in zip(plain, network.features(plain_views(block, SIDE)), strict=True):
                rows.append(features.numpy())
            for mild in (False, True):
                first = network.features(random_views(block, SIDE, generator, mild))
                second = network.features(random_views(block, SIDE, generator, mild))
                for part, rows, a, b in zip(PARTS, change, first, second, strict=True):
                    if FITS[part.name].mild == mild:
                        rows.append((a - b).numpy())
    for part, projection, rows, differences in zip(PARTS, network.projections, plain, change, strict=True):
        assert isinstance(projection, nn.Linear)
        weight, bias = discriminants(
            np.concatenate(rows), np.concatenate(differences), part.dimensions, FITS[part.name].shrinkage
        )
        projection.weight.data.copy_(torch.from_numpy(weight))
        projection.bias.data.copy_(torch.from_numpy(bias))


def discriminants(
    features: NDArray[np.float32], differences: NDArray[np.float32], count: int, shrinkage: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, F), (M, F) -> weight (count, F) and bias (count,); projected features have mean 0 and mean square 1."""
    mean = features.mean(axis=0, dtype=np.float64)
    total = np.cov(features, rowvar=False, dtype=np.float64)
    within = np.cov(differences, rowvar=False, dtype=np.float64) / 2.0
    ball = np.eye(len(within)) * np.trace(within) / len(within)
    spread, axes = np.linalg.eigh(shrinkage * ball + (1.0 - shrinkage) * within)
    whitening = axes / np.sqrt(spread)
    between, directions = np.linalg.eigh(whitening.T @ total @ whitening)  # ascending
    weight = (whitening @ directions[:, ::-1][:, :count]).T
    weight /= np.sqrt(between[::-1][:count].mean())
    weight *= np.sign(weight[np.arange(count), np.abs(weight).argmax(axis=1)])[:, None]
    return weight, -weight @ mean
