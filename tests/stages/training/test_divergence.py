import math

import pytest
import torch

from configs.errors import InputError
from configs.stages.training import OptimizerConfig, TrainingTrainerConfig
from selection_assets.stages.models.resnet import build_backbone
from selection_assets.stages.training.divergence import check_embeddings_of, check_loss, check_weights_after
from tests.stages.training.conftest import SMALL, short


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss(loss: float) -> None:
    check_loss(3.5, 4, short())
    with pytest.raises(InputError, match=rf"^training diverged: the loss of epoch 4 is {loss}; lower lightly\.optimi"):
        check_loss(loss, 4, short())


def test_what_could_help() -> None:
    def mends(**groups: object) -> str:
        with pytest.raises(InputError) as error:
            check_loss(math.nan, 0, short(**groups))
        return str(error.value).partition("; ")[2]

    assert mends(optimizer=OptimizerConfig(lr=1e6, weight_decay=0)) == (
        "lower lightly.optimizer.lr=1e+06 (a good try is 100000), "
        "or give more images, or a larger lightly.loader.batch_size"
    )
    assert "or lower lightly.optimizer.weight_decay=1, or" in mends(optimizer=OptimizerConfig(lr=1, weight_decay=1))
    assert "weight_decay" not in mends(optimizer=OptimizerConfig(lr=1, weight_decay=0.9))
    assert "or set lightly.trainer.precision=32, or" in mends(trainer={"precision": "bf16"})
    assert TrainingTrainerConfig().precision == "32"


def test_weights_and_statistics() -> None:
    backbone = build_backbone(SMALL)
    check_weights_after(backbone, 0, short())
    for name, value in (("7.weight", math.nan), ("7.bias", -math.inf), ("0.running_mean", 1e9), ("0.running_var", -1)):
        backbone = build_backbone(SMALL)
        backbone.state_dict()[name].view(-1)[0] = value
        with pytest.raises(
            InputError, match=rf"^training diverged: after epoch 7 tensor {name} holds .*; lower lightly"
        ):
            check_weights_after(backbone, 7, short())


def test_embeddings() -> None:
    """Weights that each could be right, and together overflow or see nothing."""
    good = build_backbone(SMALL)
    check_embeddings_of(good, 16, 0, short())
    assert not good.training
    for value, fault in (
        (0.0, "gives the same embedding for every picture"),
        (1e8, "gives embeddings with numbers as"),
    ):
        backbone = build_backbone(SMALL)
        with torch.no_grad():
            backbone[7].weight.fill_(value)  # type: ignore[operator,union-attr]
            backbone[6][0].bn2.weight.fill_(1e8)  # type: ignore[index,union-attr]
        with pytest.raises(InputError, match=rf"^training diverged: the model after epoch 3 {fault}"):
            check_embeddings_of(backbone, 16, 3, short())
