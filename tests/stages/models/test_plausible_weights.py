import math

import pytest
import torch
from torch import nn

from selection_assets.stages.models.plausible_weights import (
    LARGEST_VARIANCE,
    LARGEST_WEIGHT,
    network_fault,
    probe_pictures,
    vectors_fault,
    weights_fault,
)


def test_bounds_are_allowed_and_what_is_beyond_them_is_not() -> None:
    for name, limit in (("a.weight", LARGEST_WEIGHT), ("a.running_mean", LARGEST_WEIGHT)):
        for sign in (1, -1):
            assert weights_fault(name, torch.tensor([0, sign * limit])) is None
            assert weights_fault(name, torch.tensor([0, sign * limit * 1.01])) == "holds numbers as large as 1.0e+08"
    assert weights_fault("a.running_var", torch.tensor([0, LARGEST_VARIANCE], dtype=torch.float64)) is None
    assert (
        weights_fault("a.running_var", torch.tensor([0, 2 * LARGEST_VARIANCE])) == "holds numbers as large as 2.0e+16"
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_numbers_that_are_not_finite(value: float, kind: torch.dtype) -> None:
    tensor = torch.zeros(3, 5, dtype=kind)
    tensor[1, 2] = value
    assert weights_fault("a", tensor) == "holds numbers that are not finite"


def test_an_empty_tensor_and_weights_of_zero() -> None:
    assert weights_fault("a", torch.zeros(0)) == "is empty"
    assert weights_fault("a.weight", torch.zeros(3)) is None  # as where a branch starts switched off
    assert weights_fault("a.running_var", torch.tensor([0.0, 1e-9])) is None


def test_a_network_is_looked_at_as_a_whole() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))
    assert network_fault(network) is None
    network[1].running_var[2] = -1.0
    assert network_fault(network) == "tensor 1.running_var holds a negative variance (-1)"


def test_vectors() -> None:
    good = torch.tensor([[1.0, 2.0], [1.0, 2.1]])
    assert vectors_fault(good) is None
    assert vectors_fault(good[:1]) is None
    assert vectors_fault(good[:, :, None, None]) is None
    assert vectors_fault(torch.tensor([[1.0, math.nan], [1.0, 2.0]])) == "gives NaN or infinite embeddings"
    assert vectors_fault(good * 1e32) == "gives embeddings with numbers as large as 2.1e+32"
    assert vectors_fault(torch.zeros(2, 0)) == "gives empty embeddings"
    for same in (torch.zeros(3, 4), torch.ones(2, 4), torch.tensor([[1.0, 2.0], [1.0, 2.00001]])):
        assert vectors_fault(same) == "gives the same embedding for every picture"


def test_the_probe_is_black_white_and_noise() -> None:
    pictures = probe_pictures(5)
    assert pictures.shape == (3, 3, 5, 5)
    assert torch.equal(pictures, probe_pictures(5))
    std, mean = torch.tensor([0.229, 0.224, 0.225]), torch.tensor([0.485, 0.456, 0.406])
    shown = pictures * std[:, None, None] + mean[:, None, None]
    assert torch.allclose(shown[0], torch.zeros(3, 5, 5), atol=1e-6)
    assert torch.allclose(shown[1], torch.ones(3, 5, 5), atol=1e-6)
    assert 0 <= float(shown[2].min()) < 0.2
    assert 0.8 < float(shown[2].max()) <= 1
