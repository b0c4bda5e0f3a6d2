"""Small pictures, the smallest network, and one call that trains it in about a second."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from configs.stages.training import OptimizerConfig, TrainingConfig, TrainingTrainerConfig
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.training.loss_curve import LossCurve
from selection_assets.stages.training.train import train
from selection_assets.stages.training.training_result import TrainingResult

SMALL = Architecture("resnet-9", 0.125, 16)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Models this small are slower with several threads, above all beside other test processes."""
    import torch

    torch.set_num_threads(1)


class Thumbnails:
    """JPEGs by key; can be pickled."""

    def __init__(self, count: int) -> None:
        rng = np.random.default_rng(7)
        self.jpegs: dict[str, bytes] = {}
        sizes = []
        for i in range(count):
            grid = Image.fromarray(rng.integers(0, 256, (5, 6, 3), dtype=np.uint8))
            picture = io.BytesIO()
            grid.resize((60 + i % 20, 50), Image.Resampling.BICUBIC).save(picture, "JPEG", quality=90)
            self.jpegs[f"key{i:03d}"] = picture.getvalue()
            sizes.append((60 + i % 20, 50))
        self.keys, self.sizes = list(self.jpegs), np.array(sizes)

    def __call__(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.jpegs[key] for key in keys if key in self.jpegs}


@pytest.fixture(scope="session")
def thumbnails() -> Thumbnails:
    return Thumbnails(20)


def short(epochs: int = 2, **groups: Any) -> TrainingConfig:
    """A config of few epochs with a learning rate that suits few images."""
    trainer = TrainingTrainerConfig(max_epochs=epochs, enable_model_summary=False, **groups.pop("trainer", {}))
    return TrainingConfig(**{"trainer": trainer, "optimizer": OptimizerConfig(lr=0.05), **groups})


@contextmanager
def killed_before_epoch(epoch: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A training in this block ends where that epoch (from 0) would begin."""
    start = LossCurve.on_train_epoch_start

    def killed(self: LossCurve, trainer: Any, module: Any) -> None:
        if trainer.current_epoch == epoch:
            raise SystemError("killed")
        start(self, trainer, module)

    with monkeypatch.context() as patch, pytest.raises(SystemError, match="killed"):
        patch.setattr(LossCurve, "on_train_epoch_start", killed)
        yield


def train_small(folder: Path, thumbnails: Thumbnails, config: TrainingConfig, **changes: Any) -> TrainingResult:
    arguments: dict[str, Any] = {
        "architecture": SMALL,
        "config": config,
        "out_dim": 24,
        "batch_size": 8,
        "num_workers": 1,
        "input_size": 16,
    }
    return train(thumbnails.keys, thumbnails.sizes, thumbnails, folder, **{**arguments, **changes})
