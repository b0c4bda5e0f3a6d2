"""A TorchScript file as a backbone: architecture and weights in one file.

Such a file is a program. It cannot reach Python, but it is not mere weights either, so it runs only where the config
says so (`lightly.model.name=torchscript`). This module imports torch: import it inside the functions that use it.
"""

import hashlib
import io
import warnings
from pathlib import Path

import torch
from torch import nn

from configs.errors import InputError
from selection_assets.stages.models.checkpoint_archive import check_archive
from selection_assets.stages.models.model_choice import TORCHSCRIPT
from selection_assets.stages.models.preprocessing import Preprocessing

INPUT_SIZE = 224


def torchscript_model(checkpoint: Path | None, input_size: int | None) -> tuple[nn.Module, Preprocessing, str]:
    """The program in `checkpoint`: (B, 3, S, S) float32 -> (B, D) or (B, D, 1, 1) float32, in eval mode on the CPU;
    and the name of the program: the first 16 hexadecimal digits of the SHA-256 of the bytes that were loaded.

    Pictures are normalised with ImageNet's mean and standard deviation; `input_size` None: 224 pixels.

    Raises InputError where there is no file or it holds no TorchScript program.
    """
    if checkpoint is None:
        raise InputError(
            f"lightly.model.name={TORCHSCRIPT}: name the file with checkpoint=FILE (below the shared directory)"
        )
    check_archive(checkpoint)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the format is no longer developed, but files in it are about
            content = checkpoint.read_bytes()  # once: what runs is what is named
            network = torch.jit.load(io.BytesIO(content), map_location="cpu")
    except Exception as error:  # a hostile or damaged file makes the parser raise nearly anything
        raise InputError(
            f"checkpoint {checkpoint}: holds no TorchScript program; export one with torch.jit.save(torch.jit.trace(…))"
        ) from error
    return network.eval(), Preprocessing(input_size or INPUT_SIZE), hashlib.sha256(content).hexdigest()[:16]
