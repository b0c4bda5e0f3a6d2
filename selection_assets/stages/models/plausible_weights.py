"""Which tensors can be weights of a network, and which vectors can be its embeddings.

Not every damage makes NaN: a changed exponent makes 1e32, a changed sign a negative variance, and a training may
diverge without overflowing. The bounds lie orders of magnitude beyond what networks hold (trained ones weights to some
hundreds, a resnet-152 made from a seed to 1e6) and far below what overflows in the next layer.

This module imports torch: import it inside the functions that use it.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from configs.errors import InputError
from selection_assets.stages.models.preprocessing import MEAN, STD

LARGEST_WEIGHT = 1e8  # also of a vector's numbers
LARGEST_VARIANCE = 1e16
VARIANCE = "running_var"
# Each number of these is a float32, or is rounded to one. Eight-bit floats are not: they mean nothing without scales.
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
SAME = 1e-5  # of the largest number: vectors that differ by less are rounding of one vector


def weights_fault(name: str, tensor: Tensor) -> str | None:
    """What keeps the tensor `name` from being weights (or statistics of batch norm), as the end of a sentence."""
    if tensor.layout != torch.strided:
        return "is sparse"
    if tensor.is_quantized or tensor.dtype not in FLOATS:
        return f"holds {str(tensor.dtype).removeprefix('torch.')}, not floats of 16, 32 or 64 bits"
    if tensor.numel() == 0:
        return "is empty"
    lowest, highest = (float(value) for value in tensor.detach().aminmax())
    if not (math.isfinite(lowest) and math.isfinite(highest)):  # both are NaN where one number is
        return "holds numbers that are not finite"
    return _range_fault(lowest, highest, name.endswith(VARIANCE))


def _range_fault(lowest: float, highest: float, variance: bool) -> str | None:
    if variance and lowest < 0:
        return f"holds a negative variance ({lowest:g})"
    if variance and highest == 0:
        return "holds variances that are all 0"
    largest, limit = max(-lowest, highest), LARGEST_VARIANCE if variance else LARGEST_WEIGHT
    return f"holds numbers as large as {largest:.1e}" if largest > limit else None


def check_weights(path: Path, name: str, tensor: Tensor) -> None:
    """Raises InputError where a tensor of the file `path` cannot be weights."""
    fault = weights_fault(name, tensor)
    if fault is not None:
        raise InputError(f"checkpoint {path}: tensor {name} {fault}; export it again, or train the model again")


def network_fault(network: nn.Module) -> str | None:
    """The first weights or statistics of `network` that cannot be: `tensor 1.weight holds numbers …`."""
    for name, tensor in network.state_dict().items():
        fault = weights_fault(name, tensor) if tensor.is_floating_point() else None
        if fault is not None:
            return f"tensor {name} {fault}"
    return None


def probe_pictures(input_size: int) -> Tensor:
    """(3, 3, S, S) float32, normalised: black, white, and noise, the same every time."""
    noise = torch.rand(3, input_size, input_size, generator=torch.Generator().manual_seed(0))
    pictures = torch.stack([torch.zeros_like(noise), torch.ones_like(noise), noise])
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (pictures - mean) / std


def vectors_fault(vectors: Tensor) -> str | None:
    """What keeps (N, D) from being embeddings of N pictures that differ, as the end of a sentence."""
    vectors = vectors.detach().flatten(start_dim=1).double()
    if not bool(vectors.isfinite().all()):
        return "gives NaN or infinite embeddings"
    if vectors.numel() == 0:
        return "gives empty embeddings"
    largest = float(vectors.abs().max())
    if largest > LARGEST_WEIGHT:
        return f"gives embeddings with numbers as large as {largest:.1e}"
    if len(vectors) > 1 and float((vectors - vectors[0]).abs().max()) <= SAME * largest:
        return "gives the same embedding for every picture"
    return None
