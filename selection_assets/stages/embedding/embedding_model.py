"""The model that embeds, with where its weights come from and an id that says when vectors may be reused.

Choosing and describing the model belongs here; running it is in `embed`.
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from selection_assets.stages.embedding.architecture import Architecture
from selection_assets.stages.embedding.picture_pixels import MEAN, STD, TRANSFORM

if TYPE_CHECKING:
    from torch import nn

log = logging.getLogger("winnow")

BUILTIN_VERSION = 1  # raise it whenever the built-in weights change


@dataclass(frozen=True)
class EmbeddingModel:
    """A backbone in eval mode on the CPU, its architecture, and the name of its weights (see `weights_name`)."""

    backbone: "nn.Module"
    architecture: Architecture
    weights: str


def load_model(architecture: Architecture, checkpoint: Path | None = None, seed: int = 1) -> EmbeddingModel:
    """The model with the weights of `checkpoint`, or the built-in ones of `seed`. InputError: see `load_checkpoint`."""
    import torch

    if checkpoint is None:
        from selection_assets.stages.embedding.builtin_weights import builtin_backbone

        backbone = builtin_backbone(architecture, torch.tensor(MEAN), torch.tensor(STD), seed)
        return EmbeddingModel(backbone, architecture, builtin_weights_name(seed))

    from selection_assets.stages.embedding.checkpoint import load_checkpoint
    from selection_assets.stages.embedding.resnet import build_backbone

    backbone = build_backbone(architecture).eval()
    load_checkpoint(backbone, architecture, checkpoint)
    return EmbeddingModel(backbone, architecture, weights_name(backbone))


def weights_name(backbone: "nn.Module") -> str:
    """First 16 hexadecimal digits of the SHA-256 over names, shapes and bytes of all tensors that matter."""
    digest = hashlib.sha256()
    for name, tensor in sorted(backbone.state_dict().items()):
        if not name.endswith("num_batches_tracked"):
            digest.update(f"{name}{tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def builtin_weights_name(seed: int) -> str:
    """Name of the built-in weights of this seed; tells them apart without making them."""
    return f"builtin{BUILTIN_VERSION}-seed{seed}"


def model_id(architecture: Architecture, weights: str, input_size: int) -> str:
    """Equal ids mean equal vectors for equal pictures: `resnet-18-w1-d32-64px-bilinear-imagenet-builtin1-seed1`."""
    a = architecture
    return f"{a.name}-w{a.width:g}-d{a.num_ftrs}-{input_size}px-{TRANSFORM}-{weights}"
