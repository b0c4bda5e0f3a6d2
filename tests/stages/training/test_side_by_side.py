"""Both views at once give what one after the other gives: outputs, gradients, and what batch norm remembers."""

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from selection_assets.stages.training.side_by_side import SideBySide
from selection_assets.stages.training.simclr import SimCLR
from tests.stages.training.conftest import SMALL, Thumbnails, short, train_small


@pytest.fixture
def two_threads() -> Iterator[None]:
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def views() -> tuple[Tensor, Tensor]:
    first, second = torch.rand(2, 6, 3, 16, 16, generator=torch.Generator().manual_seed(3)).unbind()
    return first, 0.5 * second


def loss_of(first: Tensor, second: Tensor) -> Tensor:
    return (first * second.roll(1, dims=1)).sum() + first.square().mean()


def models() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    model = SimCLR(SMALL, 24)
    for part in model.modules():  # batch norm that weighs its channels, and has seen something before
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 2)
            nn.init.uniform_(part.running_mean)
    return model, copy.deepcopy(model)


def test_gradients_and_running_statistics_are_those_of_one_view_after_the_other(two_threads: None) -> None:
    model, plain = models()
    with SideBySide(model) as both:
        for _ in range(3):
            outputs, expected = both(*views()), tuple(plain(view) for view in views())
            loss_of(*outputs).backward()
            loss_of(*expected).backward()
            for output, other in zip(outputs, expected, strict=True):
                torch.testing.assert_close(output, other, rtol=1e-5, atol=1e-6)
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
    for name, parameter in plain.named_parameters():
        torch.testing.assert_close(gradients[name], parameter.grad, rtol=1e-3, atol=1e-4, msg=name)
    for (name, kept), other in zip(model.named_buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(kept, other, rtol=1e-5, atol=1e-6, msg=name)


def test_frozen_parameters_get_no_gradient(two_threads: None) -> None:
    model, plain = models()
    for either in (model, plain):
        either.backbone[0].requires_grad_(False)
    with SideBySide(model) as both:
        loss_of(*both(*views())).backward()
    loss_of(*(plain(view) for view in views())).backward()
    assert model.backbone[0].weight.grad is None
    torch.testing.assert_close(model.backbone[7].weight.grad, plain.backbone[7].weight.grad, rtol=1e-3, atol=1e-4)


def test_precision_of_the_caller_holds_in_both_threads(two_threads: None) -> None:
    model, plain = models()
    with SideBySide(model) as both, torch.autocast("cpu", torch.bfloat16):
        outputs, expected = both(*views()), tuple(plain(view) for view in views())
    assert {output.dtype for output in (*outputs, *expected)} == {torch.bfloat16}
    for output, other in zip(outputs, expected, strict=True):
        torch.testing.assert_close(output, other, rtol=0.05, atol=0.02)


def test_an_error_of_a_view_reaches_the_caller_and_threads_are_given_back(two_threads: None) -> None:
    model, _ = models()
    with pytest.raises(RuntimeError, match="running_mean should contain 5"), SideBySide(model) as both:
        assert torch.get_num_threads() == 1
        both(views()[0], torch.rand(6, 5, 16, 16))
    assert torch.get_num_threads() == 2


def test_training_does_not_depend_on_it(thumbnails: Thumbnails, tmp_path: Path) -> None:
    alone = train_small(tmp_path / "alone", thumbnails, short(3))
    torch.set_num_threads(2)
    try:
        both = train_small(tmp_path / "both", thumbnails, short(3))
        again = train_small(tmp_path / "again", thumbnails, short(3))
    finally:
        torch.set_num_threads(1)
    assert [epoch.loss for epoch in both.epochs] == [epoch.loss for epoch in again.epochs]
    assert [epoch.loss for epoch in both.epochs] == pytest.approx([epoch.loss for epoch in alone.epochs], rel=1e-3)
