"""The network that turns pictures into embeddings: the ResNet of the `lightly` package, cut as the package cuts it.

This module imports torch and lightly, which takes seconds: import it inside the functions that use it. Weights come
from `seeded_weights` or `checkpoint`, pictures from `embed`.
"""

import os

os.environ.setdefault("LIGHTLY_DID_VERSION_CHECK", "True")  # importing lightly asks a server for its newest version

from lightly.models import ResNetGenerator
from torch import Tensor, inference_mode, nn

from selection_assets.stages.models.architecture import Architecture


def build_backbone(architecture: Architecture) -> nn.Sequential:
    """The untrained backbone: (B, 3, H, W) float32 -> (B, num_ftrs, 1, 1). H and W are free.

    Input norm, the ResNet without its classifier, a 1x1 convolution to the features, the mean over the picture: the
    layout of the package's own command-line training, so that its checkpoints load.
    """
    body = list(ResNetGenerator(architecture.name, architecture.width).children())[:-1]
    return nn.Sequential(
        nn.BatchNorm2d(3),
        *body,
        nn.Conv2d(architecture.body_channels, architecture.num_ftrs, 1),
        nn.AdaptiveAvgPool2d(1),
    )


def embed_batch(backbone: nn.Module, batch: Tensor) -> Tensor:
    """(B, 3, H, W) float32 -> (B, num_ftrs) float32, without gradients."""
    with inference_mode():
        vectors: Tensor = backbone(batch)
        return vectors.flatten(start_dim=1)
