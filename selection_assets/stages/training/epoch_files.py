"""The files of a training while it runs: the state of the last epoch under two names, and the best epochs.

Both names of the last state are one file (a hard link), so the second costs no space; a file system without hard links
gets a copy. This module imports Lightning: import it inside the functions that use it.
"""

from pathlib import Path

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint

from selection_assets.stages.training.checkpoint_copies import link_or_copy
from selection_assets.stages.training.epoch_choice import best_epochs, comparable_epochs
from selection_assets.stages.training.loss_curve import LossCurve
from selection_assets.stages.training.training_result import LAST, epoch_file, epoch_files


class EpochFiles(Checkpoint):
    """After every epoch `lightly_epoch_X.ckpt` is written whole, `last.ckpt` becomes the same file, and the files of
    epochs that are neither the last nor among the `save_top_k` best are removed; with 0 only `last.ckpt` stays.

    In this order, because a training that is killed in between goes on from the `last.ckpt` before.
    """

    def __init__(self, folder: Path, curve: LossCurve, *, save_top_k: int, bank_size: int) -> None:
        self.folder, self.curve, self.save_top_k, self.bank_size = folder, curve, save_top_k, bank_size

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Lightning calls this after the same of all callbacks that are no checkpoints: the curve has the epoch, and
        has raised where the training diverged."""
        epoch = trainer.current_epoch
        own = self.folder / epoch_file(epoch)
        trainer.save_checkpoint(own)
        if not trainer.is_global_zero:
            return
        link_or_copy(own, self.folder / LAST)
        figures = self.curve.epochs
        comparable = comparable_epochs(
            [int(figure["images"]) for figure in figures], self.bank_size, trainer.world_size
        )
        kept = set(best_epochs([figure["loss"] for figure in figures], comparable, self.save_top_k))
        if self.save_top_k != 0:
            kept.add(epoch)
        for other, path in epoch_files(self.folder).items():
            if other not in kept:
                path.unlink()
