"""Lightning's loop around the training, without its advertisements and its own answers to signals.

This module imports Lightning: import it inside the functions that use it.
"""

import contextlib
import logging
import signal
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytorch_lightning as pl
import torch

from configs.stages.training import TrainingConfig
from selection_assets.stages.training.checkpoint_files import WholeFiles
from selection_assets.stages.training.epoch_files import EpochFiles
from selection_assets.stages.training.hardware import Hardware, lightning_precision
from selection_assets.stages.training.loss_curve import LossCurve
from selection_assets.stages.training.side_by_side import SideBySide
from selection_assets.stages.training.simclr import SimCLRTraining

LIGHTNING_LOGGERS = ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric")


def fit(module: SimCLRTraining, folder: Path, config: TrainingConfig, hardware: Hardware, resume: Path | None) -> None:
    """Train until the last epoch. What lies in `folder` after each epoch, `EpochFiles` says.

    resume: the state of a training that was interrupted. Raises InputError where the training diverges.
    """
    curve = LossCurve(config)
    files = EpochFiles(
        folder,
        curve,
        save_top_k=config.checkpoint_callback.save_top_k,
        bank_size=config.criterion.memory_bank_size,
    )
    deterministic = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
    with _quiet_lightning(), deterministic, _both_views_at_once(module, hardware):
        trainer = pl.Trainer(
            accelerator=hardware.accelerator,
            devices=hardware.devices,
            strategy="ddp_spawn" if hardware.devices > 1 else "auto",
            max_epochs=config.trainer.max_epochs,
            precision=lightning_precision(config.trainer.precision, hardware),
            callbacks=[curve, files],
            plugins=[WholeFiles()],
            default_root_dir=folder,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        _run(trainer, module, resume)


def _run(trainer: pl.Trainer, module: SimCLRTraining, resume: Path | None) -> None:
    """Lightning answers Ctrl-C and SIGTERM by leaving the process, and disables Ctrl-C; here it is an interruption."""
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if main else None
    try:
        trainer.fit(module, ckpt_path=resume, weights_only=True)
    except SystemExit as left:
        raise KeyboardInterrupt from left
    finally:
        if handler is not None:
            signal.signal(signal.SIGINT, handler)


@contextlib.contextmanager
def _both_views_at_once(module: SimCLRTraining, hardware: Hardware) -> Iterator[None]:
    """On several cores of a CPU. Where several processes train, each has its share of the cores, and threads cannot be
    handed to them."""
    if hardware.accelerator != "cpu" or hardware.devices > 1 or torch.get_num_threads() == 1:
        yield
        return
    with SideBySide(module.model) as module.both_views:
        yield


@contextlib.contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Keep advertisements and hints on Lightning's own options, which are not ours, off the terminal."""
    loggers = [logging.getLogger(name) for name in LIGHTNING_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
