"""The network of the built-in model: a small ResNet, two sets of fixed descriptors, and one projection of all three.

The descriptors are plain formulas: histograms of colours by height, and oriented gradients by cell (Dalal & Triggs,
"Histograms of Oriented Gradients for Human Detection", 2005) with the brightness layout. They see what a small
network trained on generated pictures may miss. What is trained, and how, is in the folder `builtin_model` of the
repository; only what is needed to embed belongs here.

This module imports torch: import it inside the functions that use it.
"""

from math import pi
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from selection_assets.stages.models.preprocessing import MEAN, STD

SIDE = 96  # pixels, the input's side
STAGES = (32, 64, 128, 256)  # channels, at 24, 12, 6 and 3 pixels
TRUNK_FEATURES = 128 + 256  # means of the last two stages
ORIENTATIONS = 8
CELLS = 8
BANDS = 6  # horizontal stretches with a histogram of their own: sky, buildings and road differ by height
BAND_TONES = 4  # bins per colour channel in a band
TONES = 8  # bins per colour channel in the whole picture
SCALES = 3  # at which the whole picture's gradient energies are taken
STRUCTURE_FEATURES = ORIENTATIONS * CELLS * CELLS + CELLS * CELLS + SCALES * ORIENTATIONS
COLOUR_FEATURES = BANDS * BAND_TONES**3 + TONES**3


class Part(NamedTuple):
    """A stretch of the embedding: made from that many features, that long, with this share of the squared length."""

    name: str
    features: int
    dimensions: int
    weight: float


PARTS = (
    Part("learned", TRUNK_FEATURES, 64, 0.34),
    Part("structure", STRUCTURE_FEATURES, 112, 0.33),
    Part("colour", COLOUR_FEATURES, 56, 0.33),
)
DIMENSIONS = sum(part.dimensions for part in PARTS)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He et al., arXiv:1512.03385); halves the side.

    With `batch_norm` as trained; without it the norms are merged into the convolutions, as published.
    """

    def __init__(self, channels_in: int, channels_out: int, batch_norm: bool) -> None:
        super().__init__()
        self.first = convolution(channels_in, channels_out, 3, 2, batch_norm)
        self.second = convolution(channels_out, channels_out, 3, 1, batch_norm)
        self.shortcut = convolution(channels_in, channels_out, 1, 2, batch_norm)

    def forward(self, x: Tensor) -> Tensor:
        inner = functional.relu(self.first(x))
        return functional.relu(self.second(inner) + self.shortcut(x))


def convolution(channels_in: int, channels_out: int, side: int, stride: int, batch_norm: bool) -> nn.Sequential:
    conv = nn.Conv2d(channels_in, channels_out, side, stride, side // 2, bias=not batch_norm)
    return nn.Sequential(conv, nn.BatchNorm2d(channels_out)) if batch_norm else nn.Sequential(conv)


class Trunk(nn.Module):
    """(B, 3, S, S) normalised -> (B, TRUNK_FEATURES), the learned features."""

    def __init__(self, batch_norm: bool = False) -> None:
        super().__init__()
        self.stem = convolution(3, STAGES[0] // 2, 3, 2, batch_norm)
        widths = (STAGES[0] // 2, *STAGES)
        self.blocks = nn.ModuleList(ResidualBlock(a, b, batch_norm) for a, b in zip(widths, STAGES, strict=False))

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu(self.stem(x))
        means = []
        for block in self.blocks:
            x = block(x)
            means.append(x.mean(dim=(2, 3)))
        return torch.cat(means[-2:], dim=1)


class Descriptors(nn.Module):
    """(B, 3, S, S) RGB in [0, 1] -> structure (B, STRUCTURE_FEATURES) and colour (B, COLOUR_FEATURES). No weights."""

    doubled_angles: Tensor
    tones: Tensor
    band_tones: Tensor
    luma: Tensor

    def __init__(self) -> None:
        super().__init__()
        angles = torch.arange(ORIENTATIONS) * (2.0 * pi / ORIENTATIONS)  # doubled: opposite gradients are one
        doubled = torch.stack([angles.cos(), angles.sin()], dim=1)[:, :, None, None]
        self.register_buffer("doubled_angles", doubled, persistent=False)
        self.register_buffer("tones", torch.linspace(0.0, 1.0, TONES)[:, None], persistent=False)
        self.register_buffer("band_tones", torch.linspace(0.0, 1.0, BAND_TONES)[:, None], persistent=False)
        self.register_buffer("luma", torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1), persistent=False)

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        rgb = functional.avg_pool2d(rgb, 2)
        return self.structure((rgb * self.luma).sum(dim=1, keepdim=True)), self.colour(rgb)

    def structure(self, grey: Tensor) -> Tensor:
        """Gradient energy by cell and direction, relative to its neighbourhood; brightness by cell; energy by scale."""
        cells = functional.adaptive_avg_pool2d(self.oriented(grey), CELLS)  # (B, ORIENTATIONS, CELLS, CELLS)
        around = functional.avg_pool2d(cells.sum(dim=1, keepdim=True), 3, 1, 1, count_include_pad=False)
        histogram = (cells / (around + 0.02)).sqrt()
        light = functional.adaptive_avg_pool2d(grey, CELLS).flatten(1)
        light = light - light.mean(dim=1, keepdim=True)
        light = light / (light.square().mean(dim=1, keepdim=True).sqrt() + 0.05)
        energies = [cells.mean(dim=(2, 3))]
        for _ in range(SCALES - 1):
            grey = functional.avg_pool2d(grey, 2)
            energies.append(self.oriented(grey).mean(dim=(2, 3)))
        return torch.cat([histogram.flatten(1), light, torch.cat(energies, dim=1).sqrt()], dim=1)

    def oriented(self, grey: Tensor) -> Tensor:
        """(B, 1, S, S) -> (B, ORIENTATIONS, S, S): gradient magnitude shared among the nearest directions.

        With the doubled angle t the share of direction k is max(0, cos(t - t_k))^2: smooth, and the same sum for all t.
        """
        padded = functional.pad(grey, (1, 1, 1, 1), mode="replicate")
        dx = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
        dy = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
        squared = dx * dx + dy * dy
        # cos 2t = (dx^2 - dy^2) / squared, likewise sin 2t; the power leaves the magnitude after the square below.
        weight = (squared + 1e-8) ** -0.75
        halves = torch.cat([(dx * dx - dy * dy) * weight, 2.0 * dx * dy * weight], dim=1)
        return functional.relu(functional.conv2d(halves, self.doubled_angles)).square()

    def colour(self, rgb: Tensor) -> Tensor:
        """Histograms of the bands, from top to bottom, and of the whole picture."""
        rgb = functional.avg_pool2d(rgb, 2).contiguous(memory_format=torch.contiguous_format)
        bands = rgb.unflatten(2, (BANDS, -1)).transpose(1, 2).flatten(0, 1)  # (B * BANDS, 3, H / BANDS, W)
        by_band = joint_histogram(bands.flatten(2), self.band_tones).view(len(rgb), -1)
        return torch.cat([by_band, joint_histogram(rgb.flatten(2), self.tones)], dim=1)


def joint_histogram(pixels: Tensor, tones: Tensor) -> Tensor:
    """(N, 3, P) in [0, 1], (T, 1) ascending in equal steps -> (N, T^3): square roots of the shares of the colours.

    A pixel between two tones counts for both, by nearness: small changes of light change the shares a little.
    """
    shares = functional.relu(1.0 - (pixels[:, :, None] - tones).abs() * (len(tones) - 1))  # (N, 3, T, P)
    red, green, blue = shares.unbind(dim=1)
    pairs = (red[:, :, None] * green[:, None]).flatten(1, 2)  # (N, T^2, P)
    joint = torch.bmm(pairs, blue.transpose(1, 2)) / pixels.shape[2]
    return joint.flatten(1).clamp_min(1e-6).sqrt()


class BuiltinNetwork(nn.Module):
    """(B, 3, S, S) normalised as in `preprocessing` -> (B, DIMENSIONS) of length 1; made for S = SIDE, other sizes are
    resized to it.

    Each part of the vector is the projection of one kind of features, centred, and scaled so that what changes between
    two looks at the same picture counts little; then it is brought to a fixed length. So the cosine of two pictures is
    a weighted mean of three cosines: learned features, structure, colour.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, batch_norm: bool = False) -> None:
        super().__init__()
        self.trunk = Trunk(batch_norm)
        self.descriptors = Descriptors()
        self.projections = nn.ModuleList(nn.Linear(part.features, part.dimensions) for part in PARTS)
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def features(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Before the projections: learned, structure, colour, one row each per picture."""
        structure, colour = self.descriptors((x * self.std + self.mean).clamp(0.0, 1.0))
        return self.trunk(x), structure, colour

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[2:] != (SIDE, SIDE):
            x = functional.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True)
        rows = zip(PARTS, self.projections, self.features(x), strict=True)
        return torch.cat(
            [part.weight**0.5 * functional.normalize(projection(group)) for part, projection, group in rows], dim=1
        )
