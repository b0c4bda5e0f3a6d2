"""The curve of a training by hand: what Lightning would call, in its order, with known losses and times."""

import logging
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from configs.errors import InputError
from configs.stages.training import CriterionConfig, OptimizerConfig, TrainingConfig
from selection_assets.stages.training import loss_curve as module
from selection_assets.stages.training.loss_curve import LossCurve
from selection_assets.stages.training.simclr import SimCLR, SimCLRTraining
from tests.stages.training.conftest import SMALL


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(module.time, "perf_counter", lambda: self.now)


def trainer(**changes: Any) -> Any:
    values = {
        "is_global_zero": True,
        "num_training_batches": 2,
        "max_epochs": 3,
        "current_epoch": 0,
        "world_size": 1,
        "callback_metrics": {"loss": torch.tensor(4.0)},
    }
    return SimpleNamespace(**values | changes)


@pytest.fixture
def network() -> SimCLRTraining:
    made = SimCLRTraining(
        SimCLR(SMALL, 24),
        SimpleNamespace(waited_seconds=1.0),  # type: ignore[arg-type]
        criterion=CriterionConfig(memory_bank_size=0),
        optimizer=OptimizerConfig(),
        out_dim=24,
    )
    made.augment_seconds = 0.5
    return made


def step(curve: LossCurve, run: Any, network: SimCLRTraining, loss: float, index: int, images: int = 8) -> None:
    curve.on_train_batch_end(run, network, {"loss": torch.tensor(loss)}, torch.zeros(2 * images), index)


def test_an_epoch(monkeypatch: pytest.MonkeyPatch, network: SimCLRTraining, caplog: pytest.LogCaptureFixture) -> None:
    clock, curve, run = Clock(monkeypatch), LossCurve(TrainingConfig()), trainer(current_epoch=1)
    curve.on_train_start(run, network)
    assert curve._state == "Epoch 1: no step is done yet"
    curve.on_train_epoch_start(run, network)
    clock.now += 2
    step(curve, run, network, 5.126, 0)
    assert curve._state == "Epoch 1: loss 5.13, step 1 of 2, 4.0 images/s"
    clock.now += 2
    step(curve, run, network, 4.0, 1, images=4)
    assert curve._state == "Epoch 1: loss 4.00, step 2 of 2, 3.0 images/s"
    network.batches.waited_seconds += 0.75
    network.augment_seconds += 0.25
    clock.now += 1
    with caplog.at_level(logging.DEBUG, "winnow"):
        curve.on_train_epoch_end(run, network)
    assert curve.epochs == [{"loss": 4.0, "seconds": 5.0, "loading_seconds": 1.0, "images": 12}]
    assert caplog.messages == ["Epoch 1: loss 4.0000, 2.4 images/s"]
    curve.on_train_epoch_start(run, network)  # counts from 0 again
    clock.now += 1
    step(curve, run, network, 3.0, 0)
    assert curve._seen == 8
    curve.teardown(run, network, "fit")


def test_several_devices_see_as_many_images_each(network: SimCLRTraining, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    for first in (True, False):
        curve, run = LossCurve(TrainingConfig()), trainer(world_size=3, is_global_zero=first)
        curve.on_train_epoch_start(run, network)
        clock.now += 1
        step(curve, run, network, 1.0, 0)
        assert curve._seen == 24
        curve.on_train_epoch_end(run, network)
        assert curve.epochs[0]["images"] == 24
        assert (curve._state != "") == first


def test_a_curve_travels_in_the_checkpoint() -> None:
    curve = LossCurve(TrainingConfig())
    curve.epochs = [{"loss": 1.0, "seconds": 2.0, "loading_seconds": 0.5, "images": 8}]
    again = LossCurve(TrainingConfig())
    again.load_state_dict(curve.state_dict())
    assert again.epochs == curve.epochs and again.epochs is not curve.epochs


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_ends_it(
    monkeypatch: pytest.MonkeyPatch, network: SimCLRTraining, loss: float
) -> None:
    clock, curve, run = Clock(monkeypatch), LossCurve(TrainingConfig()), trainer()
    curve.on_train_epoch_start(run, network)
    clock.now += 1
    with pytest.raises(InputError, match=f"^training diverged: the loss of epoch 0 is {loss}"):
        step(curve, run, network, loss, 0)
    run.callback_metrics["loss"] = torch.tensor(loss)
    with pytest.raises(InputError, match=f"^training diverged: the loss of epoch 0 is {loss}"):
        curve.on_train_epoch_end(run, network)
    assert curve.epochs == []


def test_weights_that_are_not_finite_end_it(monkeypatch: pytest.MonkeyPatch, network: SimCLRTraining) -> None:
    Clock(monkeypatch)
    curve = LossCurve(TrainingConfig())
    with torch.no_grad():
        next(network.model.parameters()).fill_(np.nan)
    with pytest.raises(InputError, match=r"^training diverged: after epoch 0 "):
        curve.on_train_epoch_end(trainer(), network)


@pytest.mark.parametrize(("epoch", "max_epochs", "total"), [(0, 3, 6), (2, 3, 2), (3, 3, 0), (5, 3, 0), (0, None, 0)])
def test_the_bar_on_a_terminal_has_the_steps_that_are_left(
    monkeypatch: pytest.MonkeyPatch, network: SimCLRTraining, epoch: int, max_epochs: int | None, total: int
) -> None:
    seen: list[Any] = []

    class Bar:
        def __init__(self, *asked: Any) -> None:
            seen.append(asked)

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None:
            seen.append("closed")

        def describe(self, text: str) -> None:
            seen.append(text)

        def update(self, steps: int) -> None:
            seen.append(steps)

    clock = Clock(monkeypatch)
    monkeypatch.setattr(module, "on_terminal", lambda: True)
    monkeypatch.setattr(module, "progress", Bar)
    curve, run = LossCurve(TrainingConfig()), trainer(current_epoch=epoch, max_epochs=max_epochs)
    curve.on_train_start(run, network)
    curve.on_train_epoch_start(run, network)
    clock.now += 1
    step(curve, run, network, 2.348, 0)
    curve.on_exception(run, network, RuntimeError())
    assert seen == [("Training", total, "steps"), f"Epoch {epoch}: loss=2.35", 1, "closed"]


def test_other_processes_show_nothing(monkeypatch: pytest.MonkeyPatch, network: SimCLRTraining) -> None:
    monkeypatch.setattr(module, "on_terminal", lambda: True)
    monkeypatch.setattr(module, "progress", None)
    curve = LossCurve(TrainingConfig())
    curve.on_train_start(trainer(is_global_zero=False), network)
    assert curve._bar is None and curve._state == ""
