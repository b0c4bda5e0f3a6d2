"""Self-supervised training with SimCLR: from thumbnails to checkpoints, going on where an earlier call was killed.

The order of things belongs here; the step is in `simclr`, its data in `view_batches`, its figures in `loss_curve`, the
loop in `lightning_loop`, its files in `epoch_files`.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from configs.stages.training import TrainingConfig
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.bfloat16 import warn_where_slow
from selection_assets.stages.models.checkpoint_archive import archive_fault
from selection_assets.stages.models.out_of_memory import is_out_of_memory
from selection_assets.stages.training.epoch_choice import best_epochs, comparable_epochs
from selection_assets.stages.training.hardware import Hardware, lightning_precision
from selection_assets.stages.training.training_result import (
    LAST,
    RESULT,
    EpochFigures,
    TrainingResult,
    epoch_file,
    epoch_files,
    read_result,
    write_result,
)
from selection_assets.stages.training.view_batches import Pictures, ViewBatches

if TYPE_CHECKING:
    from selection_assets.stages.training.simclr import SimCLR, SimCLRTraining

log = logging.getLogger("winnow")

SMALL_BATCH = 64  # below it SimCLR has few images to tell apart


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
        seed: of weights and of all that is drawn. On a CPU the same call gives the same weights, interrupted or not,
            with the same number of threads (`torch.get_num_threads()`) on the same kind of processor: sums over a batch
            are taken in parts, one for each thread, and torch has no order of them that fits all numbers of threads.
        start: checkpoint whose weights are trained further; None starts from random ones.
        hardware: from `choose_hardware`; default one CPU.

    Raises:
        InputError: fewer than two pictures, a batch of one, a start that does not fit, memory too small for the batch,
            a loss or weights that are not finite or make no embeddings (such a training never counts as finished), a
            full disk.
    """
    finished = _finished(folder)
    if finished is not None:
        log.info("This training is finished already: nothing to do.")
        return finished
    import torch

    hardware = hardware or Hardware("cpu", 1, "cpu", torch.get_num_threads())
    batch_size = _fitting_batch(len(keys), batch_size, hardware.devices, config)
    from selection_assets.stages.training.checkpoint_files import read_checkpoint
    from selection_assets.stages.training.lightning_loop import fit
    from selection_assets.stages.training.simclr import SimCLRTraining
    from selection_assets.stages.training.start_weights import load_weights, random_model

    model = random_model(architecture, out_dim, seed)
    with_head = start is None or load_weights(model, architecture, out_dim, start)
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
    if resume is None:
        _say_start(start, with_head)
    if config.trainer.precision != "32" and hardware.accelerator == "cpu":
        warn_where_slow(f"lightly.trainer.precision={config.trainer.precision}")
    where = f"{hardware.name} with {hardware.threads} threads" if hardware.threads else hardware.name
    log.info("Training on %s: %d images, %d per step.", where, len(keys), batch_size * hardware.devices)
    try:
        fit(module, folder, config, hardware, resume)
    except Exception as error:
        raise _mended(error, batch_size, input_size, hardware) from error
    epochs = tuple(EpochFigures(**epoch) for epoch in _epochs(read_checkpoint(folder / LAST)))
    kept = _kept(epochs, config, hardware)
    result = TrainingResult(
        folder=folder,
        best=epoch_file(kept[0]) if kept else LAST,
        kept=tuple(sorted(kept)),
        epochs=epochs,
        images=len(keys),
        batch_size=batch_size,
        device=hardware.name,
        threads=hardware.threads,
        precision=lightning_precision(config.trainer.precision, hardware).partition("-")[0],
    )
    _check_best(result, model, input_size, config)
    write_result(result)
    return result


def _finished(folder: Path) -> TrainingResult | None:
    """The result that lies in `folder`; where its files were damaged since, they are removed, and there is none."""
    result = read_result(folder)
    for name in (result.best, LAST) if result else ():
        fault = archive_fault(folder / name)
        if fault is not None:
            log.warning("%s %s: training starts again.", folder / name, fault.partition(";")[0])
            for path in (folder / RESULT, folder / LAST, *epoch_files(folder).values()):
                path.unlink(missing_ok=True)
            return None
    return result


def _say_start(start: Path | None, with_head: bool) -> None:
    if start is None:
        log.info("Training starts from random weights (checkpoint=… starts from those of a file).")
    else:
        log.info("Training goes on from %s.", start.name)
        if not with_head:
            log.info("%s has no projection head; training starts with a random one.", start.name)


def _kept(epochs: Sequence[EpochFigures], config: TrainingConfig, hardware: Hardware) -> list[int]:
    """The epochs that `save_top_k` asks for, best first."""
    bank = config.criterion.memory_bank_size
    comparable = comparable_epochs([epoch.images for epoch in epochs], bank, hardware.devices)
    if not comparable:
        log.warning(
            "lightly.criterion.memory_bank_size=%d was never full, so no two losses can be compared: the last epoch "
            "embeds; train for more epochs, or set a smaller one.",
            bank,
        )
    return best_epochs([epoch.loss for epoch in epochs], comparable, config.checkpoint_callback.save_top_k)


def _check_best(result: TrainingResult, model: "SimCLR", input_size: int, config: TrainingConfig) -> None:
    """Raises InputError where the file that shall embed cannot: its weights go into `model`."""
    from selection_assets.stages.training.checkpoint_files import read_checkpoint
    from selection_assets.stages.training.divergence import check_embeddings_of, check_weights_after

    state = read_checkpoint(result.folder / result.best)["state_dict"]
    model.load_state_dict({name.removeprefix("model."): state[name] for name in state if name.startswith("model.")})
    check_weights_after(model, result.best_epoch, config)
    check_embeddings_of(model.backbone, input_size, result.best_epoch, config)


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
    log.info("Training goes on from %s after epoch %d.", state, len(epochs) - 1)
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
