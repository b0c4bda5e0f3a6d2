"""Every operation against torchvision's, picture by picture."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F  # noqa: N812

from configs.stages.training import AugmentationConfig
from selection_assets.stages.models.preprocessing import MEAN, STD
from selection_assets.stages.training import view_pixels
from selection_assets.stages.training.view_parameters import ViewParameters, draw_views

SIDE = 32


@pytest.fixture
def pictures() -> Tensor:
    """(8, 3, S, S) soft colours in [0, 1], with one grey and one black picture among them."""
    torch.manual_seed(0)
    x = torch.nn.functional.interpolate(torch.rand(8, 3, 6, 6), size=SIDE, mode="bicubic").clamp(0, 1)
    x[1] = x[1, :1]
    x[2] = 0
    return x


def drawn(count: int = 4, **changes: object) -> ViewParameters:
    sizes = np.tile([[40, 30]], (count, 1))
    return draw_views(np.random.default_rng(1), sizes, AugmentationConfig(**changes), SIDE)


def one_by_one(x: Tensor, views: ViewParameters) -> Tensor:
    """Jitter with torchvision's functions on single pictures, in the drawn order."""
    change = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
    made = x.clone()
    for row in np.flatnonzero(views.jitter):
        for kind in views.order[row]:
            made[row] = change[kind](made[row], float(views.factor[row, kind]))
    return made


def test_colour_jitter(pictures: Tensor) -> None:
    views = drawn()
    assert 0 < views.jitter.sum() < 8
    torch.testing.assert_close(
        view_pixels.jitter_colours(pictures.clone(), views), one_by_one(pictures, views), atol=2e-4, rtol=0
    )


@pytest.mark.parametrize("shift", [-0.5, -0.2, 0.0, 0.1, 0.5])
def test_hue(pictures: Tensor, shift: float) -> None:
    ours = view_pixels._hue(pictures, torch.full((8, 1, 1, 1), shift))
    torch.testing.assert_close(ours, F.adjust_hue(pictures, shift), atol=1e-4, rtol=0)


def test_grey(pictures: Tensor) -> None:
    chosen = torch.tensor([True, False] * 4)
    ours = view_pixels.turn_grey(pictures.clone(), chosen)
    torch.testing.assert_close(ours[chosen], F.rgb_to_grayscale(pictures[chosen], 3))
    assert torch.equal(ours[~chosen], pictures[~chosen])


def test_flips(pictures: Tensor) -> None:
    views = drawn(vf_prob=0.5)
    ours = view_pixels.flip(pictures.clone(), views)
    for row in range(8):
        picture = F.hflip(pictures[row]) if views.hflip[row] else pictures[row]
        assert torch.equal(ours[row], F.vflip(picture) if views.vflip[row] else picture)


def test_rotations(pictures: Tensor) -> None:
    angles = torch.tensor([0.0, 90, 33, -33, 180, 7, 90, -90])
    ours = view_pixels.rotate(pictures.clone(), angles)
    for row, angle in enumerate(angles.tolist()):
        peer = F.rotate(pictures[row], angle, InterpolationMode.NEAREST)
        same = (ours[row] - peer).abs().amax(dim=0) < 1e-6
        assert same.float().mean() > 0.97, angle  # at half a pixel, nearest may round either way


def test_blur_is_gaussian_and_repeats_the_edge(pictures: Tensor) -> None:
    sigmas = torch.tensor([0.0, 0.4, 1, 1.5, 2, 3, 0, 2.5])
    ours = view_pixels.blur(pictures.clone(), sigmas)
    for row, sigma in enumerate(sigmas.tolist()):
        if not sigma:
            assert torch.equal(ours[row], pictures[row])
            continue
        reach = 9  # as wide as the widest of the batch
        offsets = np.arange(-reach, reach + 1)
        kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
        kernel /= kernel.sum()
        padded = np.pad(pictures[row].numpy(), ((0, 0), (reach, reach), (reach, reach)), mode="edge")
        slow = np.zeros_like(pictures[row].numpy())
        for y in range(SIDE):
            for x in range(SIDE):
                slow[:, y, x] = np.einsum("cij,i,j->c", padded[:, y : y + 19, x : x + 19], kernel, kernel)
        assert np.allclose(ours[row].numpy(), slow, atol=1e-5)


def test_the_whole_chain_against_pillow() -> None:
    """The package's chain on Pillow images, with the drawn parameters: within the rounding of 8 bits."""
    from PIL import Image, ImageFilter

    grid = np.random.default_rng(2).integers(0, 256, (8, 6, 6, 3), dtype=np.uint8)
    crops = np.stack([np.asarray(Image.fromarray(g).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) for g in grid])
    views = drawn(vf_prob=0.3, rr_prob=0.4)
    ours = view_pixels.augment(torch.from_numpy(crops.copy()), views)
    change = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
    for row in range(8):
        picture = Image.fromarray(crops[row])
        picture = F.hflip(picture) if views.hflip[row] else picture
        picture = F.vflip(picture) if views.vflip[row] else picture
        picture = F.rotate(picture, float(views.angle[row])) if views.angle[row] else picture
        for kind in views.order[row] if views.jitter[row] else ():
            picture = change[kind](picture, float(views.factor[row, kind]))
        picture = F.rgb_to_grayscale(picture, 3) if views.grey[row] else picture
        if views.sigma[row]:
            picture = picture.filter(ImageFilter.GaussianBlur(float(views.sigma[row])))
        shown = ours[row] * torch.tensor(STD).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)
        difference = (shown - F.to_tensor(picture)).abs()
        assert difference.mean() < 0.012, row
        assert difference.quantile(0.99) < 0.05, row
