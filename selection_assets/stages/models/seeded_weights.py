"""Weights of a ResNet that is named without a checkpoint: made from a seed, without any download.

A random ResNet sees colour, brightness, edges and texture well enough to tell pictures apart, but all its outputs point
in nearly the same direction: after normalisation every distance is tiny (cosines near 0.99). So the last layer is not
random. A few dozen procedural pictures (overlapping leaves of random shape, tone and noise) go through the random
body; the last layer subtracts their mean feature and projects on their principal components, each divided by the square
root of its spread. Distances between real pictures then fill most of the range 0 to 2.

The same seed gives the same weights on every machine: the body bit for bit (only raw generator bits and exactly rounded
operations are used), the last layer to about 1e-4, since convolutions sum in another order elsewhere. Raise
`embedding_model.SEEDED_VERSION` whenever the weights change.

This module imports torch: import it inside the functions that use it.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.resnet import build_backbone, embed_batch

PICTURES = 48
PICTURE_SIZE = 64
MAX_LEAVES = 40
MIN_SPREAD = 1e-3  # of the widest component; below it a direction is rounding noise


def _uniform(bits: np.random.PCG64, count: int) -> NDArray[np.float64]:
    """`count` numbers in [0, 1). NumPy promises the raw bits of a generator for ever, its distributions it does not."""
    return (bits.random_raw(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _fill_convolutions(backbone: nn.Sequential, seed: int) -> None:
    """He et al. (arXiv:1502.01852), uniform: bound sqrt(6 / fan_in). Norms stay neutral: mean 0, variance 1."""
    bits = np.random.PCG64(seed)
    for module in backbone.modules():
        if isinstance(module, nn.Conv2d):
            weight = module.weight
            bound = np.sqrt(6.0 / weight[0].numel())
            values = (_uniform(bits, weight.numel()) * 2.0 - 1.0) * bound
            weight.data.copy_(torch.from_numpy(values.astype(np.float32)).view_as(weight))
            if module.bias is not None:
                module.bias.data.zero_()


def procedural_pictures(seed: int) -> NDArray[np.float32]:
    """(PICTURES, PICTURE_SIZE, PICTURE_SIZE, 3) in [0, 1]: ellipses and boxes of any angle over a plain ground."""
    bits = np.random.PCG64(seed)
    side = np.arange(PICTURE_SIZE) / PICTURE_SIZE
    y, x = side[:, None], side[None, :]
    pictures = np.empty((PICTURES, PICTURE_SIZE, PICTURE_SIZE, 3), np.float32)
    for picture in pictures:
        ground_r, ground_g, ground_b, tone_r, tone_g, tone_b, count, contrast, light, grain = _uniform(bits, 10)
        canvas = np.broadcast_to(np.array([ground_r, ground_g, ground_b]), picture.shape).copy()
        tone = np.array([tone_r, tone_g, tone_b])
        for leaf in _uniform(bits, 9 * (5 + int(count * (MAX_LEAVES - 5)))).reshape(-1, 9):
            centre_x, centre_y, size, a, b, flat, *colour = leaf
            along, across = 2.0 * a - 1.0, 2.0 * b - 1.0
            length = np.sqrt(along * along + across * across) + 1e-9
            radius = 0.5 / (1.0 + 8.0 * size)
            u = ((x - centre_x) * along + (y - centre_y) * across) / (length * radius)
            v = ((y - centre_y) * along - (x - centre_x) * across) / (length * radius * (0.3 + 0.7 * flat))
            inside = u * u + v * v < 1.0 if flat < 0.7 else np.maximum(np.abs(u), np.abs(v)) < 1.0
            canvas[inside] = 0.5 * tone + 0.5 * np.array(colour)
        noise = (_uniform(bits, canvas.size).reshape(canvas.shape) - 0.5) * 0.2 * grain
        picture[:] = np.clip(canvas * (0.4 + 0.6 * contrast) + 0.3 * light + noise, 0.0, 1.0)
    return pictures


def _body_features(backbone: nn.Sequential, pictures: Tensor) -> NDArray[np.float64]:
    """(N, 3, H, W) -> (N, body channels): what the last layer receives, averaged over the picture."""
    body = nn.Sequential(*list(backbone)[:-2], nn.AdaptiveAvgPool2d(1)).eval()
    body.to(memory_format=torch.channels_last)
    blocks = [embed_batch(body, block).numpy() for block in pictures.split(16)]
    return np.concatenate(blocks).astype(np.float64)


def _fit_last_layer(last: nn.Conv2d, features: NDArray[np.float64]) -> None:
    """Centred principal components of `features` (N, C), each over the square root of its spread (standard deviation).

    Features beyond the rank of the pictures keep their random direction, scaled to the narrowest component.
    """
    mean = features.mean(axis=0)
    _, singular, directions = np.linalg.svd(features - mean, full_matrices=False)  # (min(N, C), C)
    spread = singular / np.sqrt(len(features))
    kept = min(int((spread > MIN_SPREAD * spread[0]).sum()), last.out_channels)
    rows = last.weight.data.numpy().astype(np.float64).reshape(last.out_channels, -1)
    largest = np.abs(directions[:kept]).argmax(axis=1)
    signs = np.sign(directions[np.arange(kept), largest])
    rows[:kept] = directions[:kept] * (signs / np.sqrt(spread[:kept]))[:, None]
    if kept < last.out_channels:
        others = rows[kept:]
        others *= (np.sqrt(spread[kept - 1]) / ((features - mean) @ others.T).std(axis=0))[:, None]
    last.weight.data.copy_(torch.from_numpy(rows).view_as(last.weight))
    if last.bias is not None:
        last.bias.data.copy_(torch.from_numpy(-rows @ mean))


def seeded_backbone(architecture: Architecture, mean: Tensor, std: Tensor, seed: int = 1) -> nn.Sequential:
    """The backbone with the weights of `seed`, in eval mode on the CPU. `mean`, `std` (3,): of the pictures."""
    backbone = build_backbone(architecture)
    _fill_convolutions(backbone, seed)
    pictures = (torch.from_numpy(procedural_pictures(seed)) - mean) / std
    features = _body_features(backbone, pictures.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last))
    last = backbone[7]
    assert isinstance(last, nn.Conv2d)
    _fit_last_layer(last, features)
    return backbone.eval()
