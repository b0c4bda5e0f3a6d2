"""Two looks at the same picture, in batches of tensors: cut, turned, mirrored, recoloured, blurred, grainy.

What must not matter for the embedding, and by how much, is decided here.
"""

from math import pi

import torch
from torch import Tensor
from torch.nn import functional

from selection_assets.stages.models.preprocessing import MEAN, STD

SMALLEST_CUT = 0.15  # share of the picture's area
SMALLEST_MILD_CUT = 0.7
GREY_SHARE = 0.1


def random_views(pictures: Tensor, side: int, generator: torch.Generator, mild: bool = False) -> Tensor:
    """(B, S, S, 3) uint8 -> (B, 3, side, side) normalised, one random view of each picture.

    `mild` views show most of the picture and no mirror image, so that places within it keep their meaning.
    """
    cut = functional.grid_sample(
        pictures.permute(0, 3, 1, 2).float() / 255.0,
        _places(len(pictures), side, generator, mild),
        mode="bilinear",
        padding_mode="reflection",
        align_corners=False,
    )
    seen = _grain(_blur(_recolour(cut, generator), generator), generator)
    return normalised(seen.clamp(0.0, 1.0))


def plain_views(pictures: Tensor, side: int) -> Tensor:
    """(B, S, S, 3) uint8 -> (B, 3, side, side) normalised, the whole picture as it is."""
    scaled = pictures.permute(0, 3, 1, 2).float() / 255.0
    return normalised(functional.interpolate(scaled, size=(side, side), mode="bilinear", antialias=True))


def normalised(rgb: Tensor) -> Tensor:
    """(B, 3, H, W) in [0, 1], as the model receives it: ImageNet's mean and deviation, channels last."""
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    return ((rgb - mean) / std).contiguous(memory_format=torch.channels_last)


def _uniform(generator: torch.Generator, count: int, low: float, high: float) -> Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _places(count: int, side: int, generator: torch.Generator, mild: bool) -> Tensor:
    """(B, side, side, 2): where each pixel of the view lies in the picture."""
    area = _uniform(generator, count, SMALLEST_MILD_CUT if mild else SMALLEST_CUT, 1.0)
    aspect = _uniform(generator, count, -0.3, 0.3).exp()
    width, height = (area * aspect).sqrt().clamp(max=1.0), (area / aspect).sqrt().clamp(max=1.0)
    shift_x = _uniform(generator, count, -1.0, 1.0) * (1.0 - width)
    shift_y = _uniform(generator, count, -1.0, 1.0) * (1.0 - height)
    mirrored = torch.where(torch.rand(count, generator=generator) < (0.0 if mild else 0.5), -1.0, 1.0)
    turn = _uniform(generator, count, -pi / 10, pi / 10) * (torch.rand(count, generator=generator) < 0.5)
    cos, sin = turn.cos(), turn.sin()
    rows_x = torch.stack([width * mirrored * cos, -width * sin, shift_x], dim=1)
    rows_y = torch.stack([height * mirrored * sin, height * cos, shift_y], dim=1)
    theta = torch.stack([rows_x, rows_y], dim=1)
    return functional.affine_grid(theta, [count, 3, side, side], align_corners=False)


def _recolour(rgb: Tensor, generator: torch.Generator) -> Tensor:
    """One affine map of RGB per picture: hue, saturation, contrast, brightness; some pictures become grey."""
    count = len(rgb)
    changed = (torch.rand(count, generator=generator) < 0.8).float()
    hue = changed * _uniform(generator, count, -0.05, 0.05) * 2.0 * pi
    saturation = 1.0 + changed * _uniform(generator, count, -0.5, 0.5)
    saturation = torch.where(torch.rand(count, generator=generator) < GREY_SHARE, 0.0, saturation)
    contrast = 1.0 + changed * _uniform(generator, count, -0.4, 0.4)
    light = changed * _uniform(generator, count, -0.2, 0.2)
    luma = torch.tensor([0.299, 0.587, 0.114]).expand(3, 3)
    # Rotation about the grey axis (Rodrigues): its cross-product matrix is (1, 1, 1) / sqrt 3.
    cross = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / 3.0**0.5
    cos, sin = hue.cos()[:, None, None], hue.sin()[:, None, None]
    turned = torch.eye(3) * cos + (1.0 - cos) / 3.0 + cross * sin
    mixing = luma + saturation[:, None, None] * (turned - luma)
    mixing = mixing * contrast[:, None, None]
    offset = (0.5 * (1.0 - contrast) + light)[:, None, None]
    pixels = torch.baddbmm(offset, mixing, rgb.flatten(2))
    return pixels.view_as(rgb)


def _blur(rgb: Tensor, generator: torch.Generator) -> Tensor:
    """A third of the pictures moves towards a copy at half the side."""
    strength = _uniform(generator, len(rgb), -2.0, 1.0)
    rows = strength > 0.0
    half = functional.interpolate(functional.avg_pool2d(rgb[rows], 2), scale_factor=2.0, mode="bilinear")
    blurred = rgb.clone()
    blurred[rows] += strength[rows, None, None, None] * (half - rgb[rows])
    return blurred


def _grain(rgb: Tensor, generator: torch.Generator) -> Tensor:
    """A third of the pictures gets grain; eight fields of it are shared, since drawing them is dear."""
    fields = torch.randn(8, *rgb.shape[1:], generator=generator)
    which = torch.randint(0, len(fields), (len(rgb),), generator=generator)
    strength = _uniform(generator, len(rgb), -0.12, 0.06).clamp(min=0.0)[:, None, None, None]
    return rgb + strength * fields[which]
