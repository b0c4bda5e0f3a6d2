"""A TorchScript file as a backbone: architecture and weights in one file.

Such a file is a program. It cannot reach Python, but it is not mere weights either, so it runs only where the config
says so (`lightly.model.name=torchscript`). This module imports torch: import it inside the functions that use it.
"""

import warnings
from pathlib import Path

import torch
from torch import nn

from configs.errors import InputError
from selection_assets.stages.models.checkpoint import check_size
from selection_assets.stages.models.model_choice import TORCHSCRIPT
from selection_assets.stages.models.preprocessing import Preprocessing

INPUT_SIZE = 224


def torchscript_model(checkpoint: Path | None, input_size: int | None) -> tuple[nn.Module, Preprocessing]:
    """The program in `checkpoint`: (B, 3, S, S) float32 -> (B, D) or (B, D, 1, 1) float32, in eval mode on the CPU.

    Pictures are normalised with ImageNet's mean and standard deviation; `input_size` None: 224 pixels.

    Raises InputError where there is no file or it holds no TorchScript program.
    """
    if checkpoint is None:
        raise InputError(
            f"lightly.model.name={TORCHSCRIPT}: name the file with checkpoint=FILE (below the shared directory)"
        )
    check_size(checkpoint)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the format is no longer developed, but files in it are about
            network = torch.jit.load(str(checkpoint), map_location="cpu")
    except Exception as error:  # a hostile or damaged file makes the parser raise nearly anything
        raise InputError(
            f"checkpoint {checkpoint}: holds no TorchScript program; export one with torch.jit.save(torch.jit.trace(…))"
        ) from error
    return network.eval(), Preprocessing(input_size or INPUT_SIZE)
