"""Whether a training has gone astray: its loss, its weights, and the vectors that its model gives.

A step that is too long leaves weights that overflow in the next forward pass only, so that the loss of the last epoch
says nothing about them. This module imports torch: import it inside the functions that use it.
"""

import math

import torch
from torch import nn

from configs.errors import InputError
from configs.stages.training import TrainingConfig
from selection_assets.stages.models.plausible_weights import network_fault, probe_pictures, vectors_fault


def check_loss(loss: float, epoch: int, config: TrainingConfig) -> None:
    """Raises InputError where the loss of a step, or the mean of an epoch, is not finite."""
    if not math.isfinite(loss):
        raise _diverged(f"the loss of epoch {epoch} is {loss}", config)


def check_weights_after(network: nn.Module, epoch: int, config: TrainingConfig) -> None:
    """Raises InputError where weights or running statistics after `epoch` are not finite, or absurdly large."""
    fault = network_fault(network)
    if fault is not None:
        raise _diverged(f"after epoch {epoch} {fault}", config)


def check_embeddings_of(backbone: nn.Module, input_size: int, epoch: int, config: TrainingConfig) -> None:
    """Raises InputError where the backbone as it is after `epoch` cannot embed. Leaves it in eval mode."""
    with torch.no_grad():
        fault = vectors_fault(backbone.eval()(probe_pictures(input_size)))
    if fault is not None:
        raise _diverged(f"the model after epoch {epoch} {fault}", config)


def _diverged(what: str, config: TrainingConfig) -> InputError:
    lr, decay = config.optimizer.lr, config.optimizer.weight_decay
    mends = [f"lower lightly.optimizer.lr={lr:g} (a good try is {lr / 10:g})"]
    if lr * decay >= 1:  # each step takes all of every weight
        mends.append(f"lower lightly.optimizer.weight_decay={decay:g}")
    if config.trainer.precision != "32":
        mends.append("set lightly.trainer.precision=32")
    mends.append("give more images, or a larger lightly.loader.batch_size")
    return InputError(f"training diverged: {what}; {', or '.join(mends)}")
