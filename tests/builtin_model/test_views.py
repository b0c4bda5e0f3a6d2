import numpy as np
import torch
from PIL import Image

from builtin_model.pictures import picture
from builtin_model.views import plain_views, random_views
from selection_assets.stages.models.preprocessing import MEAN, STD
from selection_assets.stages.pictures.picture_pixels import square_pixels


def pictures(count: int) -> torch.Tensor:
    return torch.from_numpy(np.stack([picture(11, number, 64) for number in range(count)]))


def test_views_follow_the_generator() -> None:
    batch = pictures(6)
    first, again, other = (random_views(batch, 32, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first.shape == (6, 3, 32, 32)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    rgb = first * torch.tensor(STD).view(1, 3, 1, 1) + torch.tensor(MEAN).view(1, 3, 1, 1)
    assert rgb.min() >= -1e-5 and rgb.max() <= 1.0 + 1e-5


def test_plain_views_are_what_the_product_sees() -> None:
    """Pillow rounds to whole levels, torch does not: half a level of 255, over the smallest deviation."""
    batch = pictures(4)
    ours = plain_views(batch, 40).permute(0, 2, 3, 1).numpy()
    seen = np.stack([square_pixels(Image.fromarray(one), 40) for one in batch.numpy()])
    np.testing.assert_allclose(ours, (seen / 255.0 - MEAN) / STD, atol=1.1 / 255.0 / min(STD))


def test_mild_views_are_nearer_to_the_picture() -> None:
    batch = pictures(40)
    whole = plain_views(batch, 32)

    def distance(mild: bool) -> float:
        views = random_views(batch, 32, torch.Generator().manual_seed(3), mild)
        return float((views - whole).square().mean())

    assert distance(mild=True) < 0.8 * distance(mild=False)


def test_mild_views_are_not_mirrored() -> None:
    ramp = torch.arange(64, dtype=torch.uint8).mul(4)[None, None, :, None].expand(30, 64, 64, 3)
    views = random_views(ramp, 32, torch.Generator().manual_seed(4), mild=True)
    assert (views[..., 16:].mean(dim=(1, 2, 3)) > views[..., :16].mean(dim=(1, 2, 3))).all()
