"""Distributions of the drawn parameters against torchvision's, the documented ones, and slow loops."""

import numpy as np
import pytest
import torch

from configs.stages.training import AugmentationConfig
from selection_assets.stages.training.view_parameters import HUE, ViewParameters, draw_views

N = 6_000


def draw(width: int = 171, height: int = 128, input_size: int = 64, **changes: object) -> ViewParameters:
    sizes = np.tile([[width, height]], (N, 1))
    return draw_views(np.random.default_rng(3), sizes, AugmentationConfig(**changes), input_size)


def test_defaults_are_the_documented_ones() -> None:
    assert AugmentationConfig().model_dump() == {
        "cj_prob": 0.8, "cj_bright": 0.7, "cj_contrast": 0.7, "cj_sat": 0.7, "cj_hue": 0.2, "min_scale": 0.15,
        "random_gray_scale": 0.2, "gaussian_blur": 0.5, "kernel_size": 0.1, "sigmas": [], "vf_prob": 0.0,
        "hf_prob": 0.5, "rr_prob": 0.0, "rr_degrees": [],
    }  # fmt: skip


@pytest.mark.parametrize(("width", "height", "min_scale"), [(171, 128, 0.15), (128, 128, 0.5), (600, 100, 0.3)])
def test_crops_are_those_of_random_resized_crop(width: int, height: int, min_scale: float) -> None:
    from torchvision.transforms import RandomResizedCrop

    shares = draw(width, height, min_scale=min_scale).boxes
    assert (shares.dtype, shares.min() >= 0, shares.max() <= 1) == (np.float32, True, True)
    boxes = shares * [width, height, width, height]
    ours = np.stack([boxes[:, 1], boxes[:, 0], boxes[:, 3] - boxes[:, 1], boxes[:, 2] - boxes[:, 0]], axis=1)
    torch.manual_seed(0)
    picture = torch.empty(3, height, width)
    peer = np.array(
        [RandomResizedCrop.get_params(picture, [min_scale, 1.0], [3 / 4, 4 / 3]) for _ in range(N // 2)], float
    )
    assert (ours[:, 2:] > 0).all()
    assert (ours[:, 0] + ours[:, 2] <= height + 1e-3).all()
    assert (ours[:, 1] + ours[:, 3] <= width + 1e-3).all()
    for name, values in {
        "top": (ours[:, 0], peer[:, 0]),
        "left": (ours[:, 1], peer[:, 1]),
        "area": (ours[:, 2] * ours[:, 3] / 100, peer[:, 2] * peer[:, 3] / 100),
        "width": (ours[:, 3], peer[:, 3]),
    }.items():
        for quantile in (0.1, 0.5, 0.9):
            mine, theirs = (float(np.quantile(v, quantile)) for v in values)
            assert mine == pytest.approx(theirs, abs=0.035 * float(np.ptp(values[1])) + 0.6), (name, quantile)


def test_probabilities() -> None:
    views = draw(vf_prob=0.25, rr_prob=0.1)
    tolerance = 4 * 0.5 / np.sqrt(2 * N)
    found = {
        "hflip": (views.hflip.mean(), 0.5),
        "vflip": (views.vflip.mean(), 0.25),
        "rotation": ((views.angle != 0).mean(), 0.1),
        "jitter": (views.jitter.mean(), 0.8),
        "grey": (views.grey.mean(), 0.2),
        "blur": ((views.sigma != 0).mean(), 0.5),
    }
    for name, (share, asked) in found.items():
        assert share == pytest.approx(asked, abs=tolerance), name


def test_colour_jitter_is_uniform_in_the_documented_ranges_and_any_order() -> None:
    views = draw()
    for kind, (lowest, highest) in enumerate([(0.3, 1.7)] * 3 + [(-0.2, 0.2)]):
        for quantile in (0, 0.25, 0.5, 0.75, 1):
            value = float(np.quantile(views.factor[:, kind], quantile))
            assert value == pytest.approx(lowest + quantile * (highest - lowest), abs=0.03)
    orders, counts = np.unique(views.order, axis=0, return_counts=True)
    assert len(orders) == 24
    assert counts.min() > 0.7 * 2 * N / 24
    assert (draw(cj_bright=0, cj_contrast=0, cj_sat=0, cj_hue=0).factor == [1, 1, 1, 0]).all()
    assert draw(cj_bright=1, cj_contrast=1, cj_sat=1).factor[:, :HUE].min() >= 0


def old_blur(random: np.random.Generator, kernel_size: float, input_size: int) -> int:
    """The package's rule before `sigmas`, one picture at a time."""
    kernel = kernel_size * input_size
    drawn = random.normal(kernel, 0.2 * kernel)
    return int(min(max(drawn, 0.8 * kernel), 1.2 * kernel) / 2)


def test_blur_by_kernel_size() -> None:
    sigmas = draw(gaussian_blur=1.0).sigma
    random = np.random.default_rng(0)
    peer = np.array([old_blur(random, 0.1, 64) for _ in range(N)])
    assert set(np.unique(sigmas)) == set(np.unique(peer)) == {2, 3}
    assert (sigmas == 2).mean() == pytest.approx((peer == 2).mean(), abs=0.03)


@pytest.mark.parametrize(
    ("changes", "bounds"),
    [
        ({"kernel_size": None}, (0.2, 2.0)),
        ({"sigmas": [1.0, 3.0]}, (1.0, 3.0)),
        ({"kernel_size": None, "sigmas": [0.5, 0.6]}, (0.5, 0.6)),
    ],
)
def test_blur_by_sigmas(changes: dict[str, object], bounds: tuple[float, float]) -> None:
    sigmas = draw(gaussian_blur=1.0, **changes).sigma
    assert np.quantile(sigmas, [0, 0.5, 1]) == pytest.approx([bounds[0], sum(bounds) / 2, bounds[1]], abs=0.02)


@pytest.mark.parametrize(
    ("degrees", "bounds"), [([], (90.0, 90.0)), ([30.0], (-30.0, 30.0)), ([10.0, 20.0], (10.0, 20.0))]
)
def test_rotations(degrees: list[float], bounds: tuple[float, float]) -> None:
    angles = draw(rr_prob=1.0, rr_degrees=degrees).angle
    assert np.quantile(angles, [0, 0.5, 1]) == pytest.approx([bounds[0], sum(bounds) / 2, bounds[1]], abs=0.6)


def test_the_same_generator_gives_the_same_views() -> None:
    first, second = draw(), draw()
    for name in vars(first):
        assert np.array_equal(getattr(first, name), getattr(second, name))
