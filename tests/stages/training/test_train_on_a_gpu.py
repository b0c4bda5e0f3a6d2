"""Training on a graphics card; skipped where there is none."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from configs.errors import InputError
from configs.stages.training import AugmentationConfig, CriterionConfig
from selection_assets.stages.training.hardware import choose_hardware
from tests.stages.embedding.whole_results import load_resnet
from tests.stages.training.conftest import SMALL, Thumbnails, killed_before_epoch, short, train_small

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")


def test_training_learns_and_its_checkpoint_embeds_on_a_cpu(thumbnails: Thumbnails, tmp_path: Path) -> None:
    easy = AugmentationConfig(cj_prob=0, random_gray_scale=0, gaussian_blur=0, min_scale=0.5)
    hardware = choose_hardware(1)
    result = train_small(tmp_path, thumbnails, short(8, collate=easy), batch_size=10, hardware=hardware)
    losses = [epoch.loss for epoch in result.epochs]
    assert losses[0] == pytest.approx(np.log(2 * 10 - 1), abs=0.3)
    assert losses[-1] < losses[0] - 0.5
    assert result.device == f"1 x {torch.cuda.get_device_name(0)}"
    saved = torch.load(tmp_path / "last.ckpt")["state_dict"]
    assert all(bool(torch.isfinite(tensor).all()) for tensor in saved.values())
    with torch.no_grad():
        vectors = load_resnet(SMALL, tmp_path / result.best).backbone(torch.rand(3, 3, 16, 16))
    assert vectors.device.type == "cpu" and bool(torch.isfinite(vectors).all())


def test_the_first_loss_is_that_of_a_cpu(thumbnails: Thumbnails, tmp_path: Path) -> None:
    """Same weights, same views: one step of all pictures differs by rounding only."""
    options: dict[str, Any] = {"batch_size": 20}
    here = train_small(tmp_path / "cpu", thumbnails, short(1), **options)
    there = train_small(tmp_path / "gpu", thumbnails, short(1), hardware=choose_hardware(1), **options)
    assert there.epochs[0].loss == pytest.approx(here.epochs[0].loss, rel=2e-3)


@pytest.mark.parametrize(("asked", "precision"), [("32", "32"), ("16", "16"), ("bf16", "bf16")])
def test_precisions(thumbnails: Thumbnails, tmp_path: Path, asked: Any, precision: str) -> None:
    config = short(1, trainer={"precision": asked})
    result = train_small(tmp_path, thumbnails, config, hardware=choose_hardware(1))
    assert result.precision == precision
    assert np.isfinite(result.epochs[0].loss)
    saved = torch.load(tmp_path / "last.ckpt", map_location="cpu")["state_dict"]
    assert {tensor.dtype for tensor in saved.values()} == {torch.float32, torch.int64}


@pytest.mark.parametrize("bank", [0, 32])
def test_a_killed_training_goes_on(
    thumbnails: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bank: int
) -> None:
    config, hardware = short(3, criterion=CriterionConfig(memory_bank_size=bank)), choose_hardware(1)
    whole = train_small(tmp_path / "whole", thumbnails, config, hardware=hardware)
    with killed_before_epoch(2, monkeypatch):
        train_small(tmp_path / "parts", thumbnails, config, hardware=hardware)
    resumed = train_small(tmp_path / "parts", thumbnails, config, hardware=hardware)
    assert [e.loss for e in resumed.epochs] == pytest.approx([e.loss for e in whole.epochs], rel=1e-2)


@pytest.fixture
def little_memory() -> Iterator[None]:
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(0.0005)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


@pytest.mark.usefixtures("little_memory")
def test_a_batch_that_does_not_fit_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^lightly\.loader\.batch_size=256: "):
        train_small(tmp_path, Thumbnails(256), short(1), batch_size=256, input_size=224, hardware=choose_hardware(1))


def test_more_cards_than_there_are() -> None:
    count = torch.cuda.device_count()
    with pytest.raises(InputError, match=f"this machine has {count}; set lightly.trainer.gpus={count}"):
        choose_hardware(count + 1)
