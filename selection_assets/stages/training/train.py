"""Self-supervised training with SimCLR: from thumbnails to checkpoints, going on where an earlier call was killed.

The order of things belongs here; the step is in `simclr`, its data in `view_batches`, its figures in `loss_curve`.
"""

import contextlib
import logging
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from configs.stages.training import TrainingConfig
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.bfloat16 import warn_where_slow
from selection_assets.stages.models.out_of_memory import is_out_of_memory
from selection_assets.stages.training.training_result import (
    EPOCH,
    LAST,
    EpochFigures,
    TrainingResult,
    read_result,
    write_result,
)
from selection_assets.stages.training.view_batches import Pictures, ViewBatches

if TYPE_CHECKING:
    import pytorch_lightning as pl

    from selection_assets.stages.training.simclr import SimCLRTraining

log = logging.getLogger("winnow")

SMALL_BATCH = 64  # below it SimCLR has few images to tell apart
LIGHTNING_LOGGERS = ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric")


@dataclass(frozen=True)
class Hardware:
    """What trains: `cpu` or `cuda`, and how many of them, each in a process of its own where there are several."""

    accelerator: str
    devices: int
    name: str


def choose_hardware(gpus: int) -> Hardware:
    """As many GPUs as asked for; the CPU for 0 or where there is none. InputError where there are fewer."""
    import torch

    found = torch.cuda.device_count() if gpus > 0 and torch.cuda.is_available() else 0
    if not found:
        return Hardware("cpu", 1, "cpu")
    if gpus > found:
        raise InputError(f"lightly.trainer.gpus={gpus}: this machine has {found}; set lightly.trainer.gpus={found}")
    return Hardware("cuda", gpus, f"{gpus} x {torch.cuda.get_device_name(0)}")


def train(
    keys: Sequence[str],
    sizes: NDArray[np.int64],
    pictures: Pictures,
    folder: Path,
    *,
    architecture: Architecture,
    config: TrainingConfig,
    out_dim: int = 128,
    batch_size: int = 16,
    num_workers: int = -1,
    input_size: int = 64,
    seed: int = 1,
    start: Path | None = None,
    hardware: Hardware | None = None,
) -> TrainingResult:
    """Train on all pictures for `config.trainer.max_epochs` epochs; what is finished is not done again.

    Args:
        keys: (N,) what to ask `pictures` for.
        sizes: (N, 2) width and height of each picture.
        pictures: keys -> JPEGs; called from threads, and pickled where several devices train.
        folder: of this training alone, see `training_key`; a training that was killed goes on from its last epoch.
        batch_size: images per step and device; lowered to N.
        num_workers: threads that decode, per device; -1 one per core, 0 none.
        input_size: side in pixels of the views.
        seed: of weights and of all that is drawn. On a CPU the same call gives the same weights, interrupted or not.
        start: checkpoint whose weights are trained further; None starts from random ones.
        hardware: from `choose_hardware`; default one CPU.

    Raises:
        InputError: fewer than two pictures, a batch of one, a start that does not fit, memory too small for the batch,
            a loss that is not finite, a full disk.
    """
    finished = read_result(folder)
    if finished is not None:
        log.info("This training is finished already: nothing to do.")
        return finished
    hardware = hardware or Hardware("cpu", 1, "cpu")
    batch_size = _fitting_batch(len(keys), batch_size, hardware.devices, config)
    import torch

    from selection_assets.stages.training.checkpoint_files import read_checkpoint
    from selection_assets.stages.training.simclr import SimCLRTraining
    from selection_assets.stages.training.start_weights import load_weights, random_model

    model = random_model(architecture, out_dim, seed)
    if start is None:
        log.info("Training starts from random weights (checkpoint=… starts from those of a file).")
    elif not load_weights(model, architecture, out_dim, start):
        log.info("%s has no projection head; training starts with a random one.", start.name)
    batches = ViewBatches(
        keys,
        np.asarray(sizes, np.int64),
        pictures,
        collate=config.collate,
        input_size=input_size,
        batch_size=batch_size,
        shuffle=config.loader.shuffle,
        drop_last=config.loader.drop_last,
        num_workers=num_workers,
        seed=seed,
        finished=hardware.accelerator == "cpu",
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # of the memory bank's first content
        module = SimCLRTraining(model, batches, criterion=config.criterion, optimizer=config.optimizer, out_dim=out_dim)
    _summarise(module, config)
    folder.mkdir(parents=True, exist_ok=True)
    resume = _interrupted(folder)
    if config.trainer.precision != "32" and hardware.accelerator == "cpu":
        warn_where_slow(f"lightly.trainer.precision={config.trainer.precision}")
    log.info("Training on %s: %d images, %d per step.", hardware.name, len(keys), batch_size * hardware.devices)
    try:
        _fit(module, folder, config, hardware, resume)
    except Exception as error:
        raise _mended(error, batch_size, input_size, hardware) from error
    state = read_checkpoint(folder / LAST)
    result = TrainingResult(
        folder=folder,
        best=_best(state, folder),
        epochs=tuple(EpochFigures(**epoch) for epoch in _epochs(state)),
        images=len(keys),
        batch_size=batch_size,
        device=hardware.name,
        precision=_precision(config.trainer.precision, hardware).partition("-")[0],
    )
    write_result(result)
    return result


def _interrupted(folder: Path) -> Path | None:
    """The state that a killed training left in `folder`; None where there is none that can be read."""
    from selection_assets.stages.training.checkpoint_files import read_checkpoint

    state = folder / LAST
    if not state.is_file():
        return None
    try:
        epochs = _epochs(read_checkpoint(state))
    except Exception as error:  # a damaged file makes the reader raise nearly anything
        log.warning("%s cannot be read (%s): training starts again.", state, str(error).splitlines()[0])
        return None
    log.info("Training goes on after epoch %d.", len(epochs) - 1)
    return state


def _fitting_batch(images: int, batch_size: int, devices: int, config: TrainingConfig) -> int:
    """The batch size per device, never more than there are images for it."""
    if images < 2 * devices:
        raise InputError(
            f"training needs at least two images per device, here {images} for {devices}; add images or set "
            "enable_training=False"
        )
    available = -(-images // devices)
    if batch_size > available:
        log.info("lightly.loader.batch_size=%d is more than the %d images: using %d.", batch_size, images, available)
        batch_size = available
    if batch_size < 2 and not config.criterion.memory_bank_size:
        raise InputError(
            "lightly.loader.batch_size=1: SimCLR compares the images of a batch with each other; set at least 2"
        )
    if batch_size < SMALL_BATCH:
        log.warning(
            "Training with a small batch of %d images gives poorer embeddings; set lightly.loader.batch_size=%d or "
            "more if the dataset and the memory allow.",
            batch_size,
            SMALL_BATCH,
        )
    return batch_size


def _summarise(module: "SimCLRTraining", config: TrainingConfig) -> None:
    if config.trainer.enable_model_summary:
        from pytorch_lightning.utilities.model_summary.model_summary import summarize

        depth = {"": config.summary_callback.max_depth, "top": 1, "full": -1}[config.trainer.weights_summary]
        log.info("The model:\n%s", summarize(module, max_depth=depth))


def _fit(
    module: "SimCLRTraining", folder: Path, config: TrainingConfig, hardware: Hardware, resume: Path | None
) -> None:
    """Run Lightning's loop. Every epoch's state goes to `last.ckpt`, the best epochs' to `lightly_epoch_X.ckpt`."""
    import pytorch_lightning as pl
    import torch
    from pytorch_lightning.callbacks import ModelCheckpoint

    from selection_assets.stages.training.checkpoint_files import WholeFiles
    from selection_assets.stages.training.loss_curve import LossCurve

    best = ModelCheckpoint(
        folder,
        filename=f"{EPOCH}{{epoch:d}}",
        monitor="loss",
        save_top_k=config.checkpoint_callback.save_top_k,
        auto_insert_metric_name=False,
        enable_version_counter=False,
    )
    last = ModelCheckpoint(folder, filename=LAST.removesuffix(".ckpt"), enable_version_counter=False)
    deterministic = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
    with _quiet_lightning(), deterministic, _both_views_at_once(module, hardware):
        trainer = pl.Trainer(
            accelerator=hardware.accelerator,
            devices=hardware.devices,
            strategy="ddp_spawn" if hardware.devices > 1 else "auto",
            max_epochs=config.trainer.max_epochs,
            precision=_precision(config.trainer.precision, hardware),
            callbacks=[LossCurve(), best, last],
            plugins=[WholeFiles()],
            default_root_dir=folder,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
        _run(trainer, module, resume)


def _run(trainer: "pl.Trainer", module: "SimCLRTraining", resume: Path | None) -> None:
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


def _precision(asked: str, hardware: Hardware) -> Any:
    """Lightning's name of it. A CPU has no arithmetic with 16-bit floats: bfloat16 takes their place."""
    if asked == "32":
        return "32-true"
    if asked == "16" and hardware.accelerator == "cpu":
        return "bf16-mixed"
    return f"{asked}-mixed"


@contextlib.contextmanager
def _both_views_at_once(module: "SimCLRTraining", hardware: Hardware) -> Iterator[None]:
    """On several cores of a CPU. Where several processes train, each has its share of the cores, and threads cannot be
    handed to them."""
    import torch

    from selection_assets.stages.training.side_by_side import SideBySide

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


def _mended(error: Exception, batch_size: int, input_size: int, hardware: Hardware) -> Exception:
    """The error as one that the user can mend, where it is one."""
    text = str(error)
    if isinstance(error, InputError):
        return error
    mark = f"{InputError.__module__}.{InputError.__qualname__}: "
    if mark in text:  # from the process of one of several devices
        return InputError(text.rpartition(mark)[2].strip().splitlines()[0])
    if is_out_of_memory(error):
        return InputError(
            f"lightly.loader.batch_size={batch_size}: too large for the memory of {hardware.name} with views of "
            f"{input_size} px; lower lightly.loader.batch_size, or lightly.collate.input_size or lightly.model.width"
        )
    return error


def _epochs(state: dict[str, Any]) -> list[dict[str, Any]]:
    return list(state["callbacks"]["LossCurve"]["epochs"])


def _best(state: dict[str, Any], folder: Path) -> str:
    """File name of the epoch with the smallest loss among those kept; the last one if none is."""
    losses = [epoch["loss"] for epoch in _epochs(state)]
    kept = [epoch for epoch in range(len(losses)) if (folder / f"{EPOCH}{epoch}.ckpt").is_file()]
    return f"{EPOCH}{min(kept, key=lambda epoch: losses[epoch])}.ckpt" if kept else LAST
