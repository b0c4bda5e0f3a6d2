"""The backbone is the one of the `lightly` package: same tensors, same vectors."""

import pytest
import torch
from torch import Tensor, nn

from selection_assets.stages.models.architecture import BLOCKS, Architecture
from selection_assets.stages.models.resnet import build_backbone, embed_batch


def package_backbone(architecture: Architecture) -> nn.Sequential:
    """How the command line of lightly 1.5 puts the backbone together."""
    from lightly.models import ResNetGenerator

    resnet = ResNetGenerator(architecture.name, architecture.width)
    *body, classifier = resnet.children()
    return nn.Sequential(
        nn.BatchNorm2d(3), *body, nn.Conv2d(classifier.in_features, architecture.num_ftrs, 1), nn.AdaptiveAvgPool2d(1)
    )


def randomised(backbone: nn.Sequential) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(5)
    return {
        name: torch.rand(tensor.shape, generator=generator) * 0.2 + 0.05 if tensor.is_floating_point() else tensor
        for name, tensor in backbone.state_dict().items()
    }


@pytest.mark.parametrize("name", BLOCKS)
def test_same_tensors_and_vectors_as_the_package(name: str) -> None:
    architecture = Architecture(name, 0.125, 7)
    ours, theirs = build_backbone(architecture).eval(), package_backbone(architecture).eval()
    assert [(key, value.shape) for key, value in ours.state_dict().items()] == [
        (key, value.shape) for key, value in theirs.state_dict().items()
    ]
    weights = randomised(theirs)
    theirs.load_state_dict(weights)
    ours.load_state_dict(weights)
    batch = torch.randn(3, 3, 40, 33, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs(batch).flatten(1)
    assert torch.equal(embed_batch(ours, batch), expected)


def test_default_has_the_documented_size() -> None:
    backbone = build_backbone(Architecture())
    assert round(sum(p.numel() for p in backbone.parameters()) / 1e6, 1) == 11.2
    assert embed_batch(backbone.eval(), torch.zeros(2, 3, 64, 64)).shape == (2, 32)


def test_any_picture_size_down_to_one_pixel() -> None:
    backbone = build_backbone(Architecture("resnet-9", 0.0625, 4)).eval()
    assert embed_batch(backbone, torch.zeros(1, 3, 1, 1)).shape == (1, 4)
