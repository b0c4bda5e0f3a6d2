"""From the trained network to the file that Winnow comes with: norms merged, float16, described in its header."""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from resources.atomic_file import atomic_path
from selection_assets.stages.models.builtin_network import DIMENSIONS, SIDE, BuiltinNetwork, Trunk
from selection_assets.stages.models.preprocessing import MEAN, STD


def merge_norms(trunk: Trunk) -> Trunk:
    """The same function without batch norms. `trunk` in eval mode stays as it is."""
    merged = Trunk()
    for name, module in trunk.named_modules():
        if isinstance(module, nn.Sequential) and len(module) == 2:
            convolution, norm = module
            assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
            target = merged.get_submodule(f"{name}.0")
            target.load_state_dict(fuse_conv_bn_eval(convolution, norm).state_dict())
    return merged.eval()


def publish(network: BuiltinNetwork, file: Path, training: str) -> str:
    """Writes the weights; returns their id, which changes with any of them. `training`: one line on how they came."""
    tensors = {name: tensor.half().contiguous() for name, tensor in sorted(network.state_dict().items())}
    digest = hashlib.sha256()
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{name} does not fit into float16")
        digest.update(f"{name}{tuple(tensor.shape)}".encode() + tensor.numpy().tobytes())
    identity = f"winnow-builtin-{digest.hexdigest()[:12]}"
    metadata = {
        "id": identity,
        "architecture": "selection_assets.stages.models.builtin_network.BuiltinNetwork",
        "input_size": str(SIDE),
        "dimensions": str(DIMENSIONS),
        "mean": ", ".join(map(str, MEAN)),
        "std": ", ".join(map(str, STD)),
        "training": training,
        "licence": "Apache-2.0",
    }
    with atomic_path(file) as path:
        path.write_bytes(save(tensors, metadata))
    return identity
