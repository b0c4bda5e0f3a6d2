"""What training starts from: random weights of a seed, or those of a checkpoint.

Reading a checkpoint safely is in `models.checkpoint`. This module imports torch: import it inside functions.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from configs.errors import InputError
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.checkpoint import load_checkpoint, read_state_dict
from selection_assets.stages.models.plausible_weights import check_weights
from selection_assets.stages.training.simclr import SimCLR

HEAD = "projection_head."
HEAD_LAYERS = "layers."  # of the head; missing in the package's checkpoints from before 1.1


def random_model(architecture: Architecture, out_dim: int, seed: int) -> SimCLR:
    """PyTorch's own initialisation, the same for the same seed; the caller's random state is left alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return SimCLR(architecture, out_dim)


def load_weights(model: SimCLR, architecture: Architecture, out_dim: int, path: Path) -> bool:
    """Fill backbone and projection head from a checkpoint; False where it holds no head, which then stays random.

    Raises InputError as `load_checkpoint` does, and where the head was made for another `out_dim`.
    """
    load_checkpoint(model.backbone, architecture, path)
    given = _head_tensors(read_state_dict(path))
    if not given:
        return False
    expected = model.projection_head.state_dict()
    if given.keys() != expected.keys():
        raise InputError(f"checkpoint {path}: its projection head is not that of SimCLR; save model.backbone.* alone")
    last = max(name for name in expected if name.endswith("weight"))
    held = given[last].shape
    if len(held) == 2 and held[0] != out_dim:
        raise InputError(
            f"checkpoint {path}: its projection head has {held[0]} dimensions, the config asks for {out_dim}; "
            f"set lightly.model.out_dim={held[0]}"
        )
    for name, tensor in given.items():
        if tensor.shape != expected[name].shape:
            has, wants = "x".join(map(str, tensor.shape)), "x".join(map(str, expected[name].shape))
            raise InputError(
                f"checkpoint {path}: tensor {HEAD}{name} is {has} and should be {wants}; save model.backbone.* alone"
            )
        check_weights(path, f"{HEAD}{name}", tensor)
    model.projection_head.load_state_dict({name: tensor.float() for name, tensor in given.items()})
    return True


def _head_tensors(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    names = {name: name.partition(HEAD)[2] for name in state if HEAD in name}
    return {rest if rest.startswith(HEAD_LAYERS) else HEAD_LAYERS + rest: state[name] for name, rest in names.items()}
