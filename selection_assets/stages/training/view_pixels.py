"""Views as the model sees them: flips, rotation, colour jitter, grey, blur and normalisation, a whole batch at a time.

Every function takes (n, 3, S, S) float32 in [0, 1] and one parameter per view, on any device. The operations and their
order are those of `lightly.data.collate.ImageCollateFunction`, which works on one Pillow image after the other; here
nothing is rounded to 8 bits in between. Which parameters are drawn is in `view_parameters`.

This module imports torch: import it inside the functions that use it.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from selection_assets.stages.models.preprocessing import MEAN, STD
from selection_assets.stages.training.view_parameters import (
    BRIGHTNESS,
    CONTRAST,
    HUE,
    QUARTER_TURN,
    ViewParameters,
)

GREY_WEIGHTS = (0.2989, 0.587, 0.114)  # ITU-R 601, as torchvision rounds them
BLUR_REACH = 3.0  # standard deviations


def augment(pixels: Tensor, views: ViewParameters) -> Tensor:
    """(n, S, S, 3) uint8 crops -> (n, 3, S, S) float32, normalised with ImageNet's mean and deviation."""
    x = pixels.permute(0, 3, 1, 2).contiguous().float().div_(255.0)
    x = rotate(flip(x, views), torch.from_numpy(views.angle))
    x = jitter_colours(x, views)
    x = turn_grey(x, torch.from_numpy(views.grey))
    x = blur(x, torch.from_numpy(views.sigma))
    mean, std = (torch.tensor(values, device=x.device).view(1, 3, 1, 1) for values in (MEAN, STD))
    return x.sub_(mean).div_(std)


def flip(x: Tensor, views: ViewParameters) -> Tensor:
    for chosen, side in ((views.hflip, 3), (views.vflip, 2)):
        rows = _rows(torch.from_numpy(chosen), x)
        if len(rows):
            x.index_copy_(0, rows, x.index_select(0, rows).flip(side))
    return x


def rotate(x: Tensor, angle: Tensor) -> Tensor:
    """Counter-clockwise by `angle` (n,) degrees: nearest pixel, black outside; quarter turns are exact."""
    quarter = _rows(angle == QUARTER_TURN, x)
    if len(quarter):
        x[quarter] = torch.rot90(x[quarter], 1, (2, 3))
    rows = _rows((angle != 0) & (angle != QUARTER_TURN), x)
    if len(rows):
        radians = torch.deg2rad(angle).to(x.device)[rows]
        cos, sin, zero = radians.cos(), radians.sin(), torch.zeros_like(radians)
        matrix = torch.stack([cos, -sin, zero, sin, cos, zero], dim=1).view(-1, 2, 3)
        grid = F.affine_grid(matrix, [len(rows), *x.shape[1:]], align_corners=False)
        x[rows] = F.grid_sample(x[rows], grid, mode="nearest", padding_mode="zeros", align_corners=False)
    return x


def jitter_colours(x: Tensor, views: ViewParameters) -> Tensor:
    """Brightness, contrast, saturation and hue of the chosen views, each view in its own order."""
    order, factor = torch.from_numpy(views.order), torch.from_numpy(views.factor).to(x.device)
    chosen = torch.from_numpy(views.jitter)
    for kinds in order.unbind(1):
        hue = _rows(chosen & (kinds == HUE), x)
        if len(hue):
            x.index_copy_(0, hue, _hue(x.index_select(0, hue), factor[hue, HUE]))
        rows = _rows(chosen & (kinds != HUE), x)
        if len(rows):
            kind = kinds.to(x.device)[rows]
            x.index_copy_(0, rows, _fade(x.index_select(0, rows), kind, factor[rows, kind]))
    return x


def turn_grey(x: Tensor, chosen: Tensor) -> Tensor:
    rows = _rows(chosen, x)
    if len(rows):
        x.index_copy_(0, rows, _grey(x.index_select(0, rows)).expand(-1, 3, -1, -1))
    return x


def blur(x: Tensor, sigma: Tensor) -> Tensor:
    """Gaussian of `sigma` (n,) pixels, edges repeated, as two passes; 0 leaves a view as it is."""
    rows = _rows(sigma > 0, x)
    if not len(rows):
        return x
    reach = max(1, math.ceil(BLUR_REACH * float(sigma.max())))
    offsets = torch.arange(-reach, reach + 1, device=x.device, dtype=x.dtype)
    kernels = torch.exp(-0.5 * (offsets / sigma.to(x.device)[rows].view(-1, 1)) ** 2)
    kernels /= kernels.sum(dim=1, keepdim=True)
    sharp = x.index_select(0, rows)
    n, channels, height, width = sharp.shape
    weights = kernels.repeat_interleave(channels, dim=0)  # (n * 3, taps)
    flat = F.pad(sharp.view(1, n * channels, height, width), (reach, reach, reach, reach), mode="replicate")
    flat = F.conv2d(flat, weights.view(n * channels, 1, 1, -1), groups=n * channels)
    flat = F.conv2d(flat, weights.view(n * channels, 1, -1, 1), groups=n * channels)
    x.index_copy_(0, rows, flat.view(n, channels, height, width))
    return x


def _rows(chosen: Tensor, x: Tensor) -> Tensor:
    return chosen.nonzero().flatten().to(x.device)


def _grey(x: Tensor) -> Tensor:
    red, green, blue = (x[:, i : i + 1] * weight for i, weight in enumerate(GREY_WEIGHTS))
    return red.add_(green).add_(blue)


def _fade(x: Tensor, kind: Tensor, factor: Tensor) -> Tensor:
    """Each view towards (or, with a factor above 1, away from) black for brightness, the mean of its grey for contrast,
    its own grey for saturation."""
    kind, factor = kind.view(-1, 1, 1, 1), factor.view(-1, 1, 1, 1)
    grey = _grey(x)
    other = torch.where(kind == CONTRAST, grey.mean(dim=(1, 2, 3), keepdim=True), grey).mul_(kind != BRIGHTNESS)
    return torch.lerp(other.expand_as(x), x, factor.to(x.dtype)).clamp_(0, 1)


def _hue(x: Tensor, shift: Tensor) -> Tensor:
    """Hue plus `shift` of a circle, at the same value and saturation (https://en.wikipedia.org/wiki/HSL_and_HSV)."""
    red, green, blue = x.unbind(1)  # (n, S, S) each
    value = x.amax(dim=1)
    chroma = value - x.amin(dim=1)
    safe = chroma.clamp(min=1e-12)
    sixths = torch.where(
        value == red,
        (green - blue) / safe,
        torch.where(value == green, 2.0 + (blue - red) / safe, 4.0 + (red - green) / safe),
    )
    sixths = sixths + 6.0 * shift.view(-1, 1, 1)
    k = torch.remainder(sixths.unsqueeze(1) + torch.tensor([5.0, 3.0, 1.0], device=x.device).view(1, 3, 1, 1), 6.0)
    part = torch.minimum(k, 4.0 - k).clamp_(0, 1).mul_(chroma.unsqueeze(1))
    return part.neg_().add_(value.unsqueeze(1)).clamp_(0, 1)
