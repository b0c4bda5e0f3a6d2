"""What a training shows and remembers of each epoch: the bar on the terminal, a log line every half minute
elsewhere, loss and times.

The values travel inside the checkpoint, so that a training that goes on later has the whole curve.
This module imports Lightning: import it inside the functions that use it.
"""

import logging
import time
from contextlib import ExitStack
from typing import Any

import pytorch_lightning as pl
from torch import Tensor

from configs.stages.training import TrainingConfig
from selection_assets.stages.progress import Progress, heartbeat, on_terminal, progress
from selection_assets.stages.training.divergence import check_loss, check_weights_after
from selection_assets.stages.training.simclr import SimCLRTraining

log = logging.getLogger("winnow")


class LossCurve(pl.Callback):
    """`epochs` holds one dictionary per epoch: loss (mean over its steps), seconds, loading_seconds, images.

    Raises InputError in the step, or after the epoch, in which the training diverges.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self.config = config
        self.epochs: list[dict[str, float]] = []
        self._display = ExitStack()
        self._bar: Progress | None = None
        self._started = self._loading = 0.0
        self._seen = 0
        self._state = ""

    def state_dict(self) -> dict[str, Any]:
        return {"epochs": self.epochs}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.epochs = list(state_dict["epochs"])

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.is_global_zero:
            if not log.hasHandlers():  # a process of its own, as with several GPUs
                logging.basicConfig(level=logging.INFO, format="[%(asctime)s] %(message)s")
            steps = int(trainer.num_training_batches)
            total = max(0, (trainer.max_epochs or 0) - trainer.current_epoch) * steps
            if on_terminal():
                self._bar = self._display.enter_context(progress("Training", total, "steps"))
            else:  # a line even where a single step takes minutes
                self._state = f"Epoch {trainer.current_epoch}: no step is done yet"
                self._display.enter_context(heartbeat(lambda: self._state))

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._started, self._loading, self._seen = time.perf_counter(), _loading_seconds(pl_module), 0

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Tensor, batch_idx: int
    ) -> None:
        self._seen += len(batch) // 2 * trainer.world_size
        if not trainer.is_global_zero:
            return
        loss, epoch = float(outputs["loss"]), trainer.current_epoch
        check_loss(loss, epoch, self.config)
        if self._bar is not None:
            self._bar.describe(f"Epoch {epoch}: loss={loss:.2f}")
            self._bar.update(1)
        speed = self._seen / (time.perf_counter() - self._started)
        step, steps = batch_idx + 1, int(trainer.num_training_batches)
        self._state = f"Epoch {epoch}: loss {loss:.2f}, step {step} of {steps}, {speed:.1f} images/s"

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        loss = float(trainer.callback_metrics["loss"])
        assert isinstance(pl_module, SimCLRTraining)
        check_loss(loss, trainer.current_epoch, self.config)
        check_weights_after(pl_module.model, trainer.current_epoch, self.config)
        epoch = {
            "loss": loss,
            "seconds": time.perf_counter() - self._started,
            "loading_seconds": _loading_seconds(pl_module) - self._loading,
            "images": self._seen,
        }
        self.epochs.append(epoch)
        if trainer.is_global_zero:
            speed = self._seen / epoch["seconds"]
            log.debug("Epoch %d: loss %.4f, %.1f images/s", trainer.current_epoch, loss, speed)

    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self.teardown(trainer, pl_module, "fit")  # which Lightning leaves out then

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self._bar = None
        self._display.close()


def _loading_seconds(module: pl.LightningModule) -> float:
    assert isinstance(module, SimCLRTraining)
    return module.batches.waited_seconds + module.augment_seconds
