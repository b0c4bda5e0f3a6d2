from pathlib import Path

import pytest
import torch
from lightly.models import ResNetGenerator

from configs.errors import InputError
from selection_assets.stages.datapool.pool_checkpoint import load_pool_model, save_checkpoint
from selection_assets.stages.datapool.pool_settings import PoolModel, PoolSettings
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.chosen_model import refuse_program
from selection_assets.stages.models.embedding_model import EmbeddingModel, weights_name
from tests.stages.embedding.whole_results import load_resnet

SMALL = Architecture("resnet-9", 0.125, 16)


@pytest.fixture(scope="module")
def model() -> EmbeddingModel:
    return load_resnet(SMALL)


@pytest.fixture
def saved(model: EmbeddingModel, tmp_path: Path) -> Path:
    save_checkpoint(model.backbone, tmp_path / "checkpoint_latest.ckpt")
    return tmp_path / "checkpoint_latest.ckpt"


def settings(weights: str, fingerprint: str) -> PoolSettings:
    made = PoolModel(name="resnet-9", weights=weights, fingerprint=fingerprint, input_size=64, transform="t")
    return PoolSettings(normalize_embeddings=True, model=made)


def test_the_saved_model_is_the_same_bit_for_bit(model: EmbeddingModel, saved: Path) -> None:
    loaded = load_pool_model(saved, None)
    assert loaded.card.architecture == SMALL
    assert loaded.card.weights == weights_name(model.backbone)
    ours, theirs = loaded.backbone.state_dict(), model.backbone.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_it_keeps_the_name_under_which_vectors_are_kept(model: EmbeddingModel, saved: Path) -> None:
    made = settings("builtin1-seed1", weights_name(model.backbone))
    assert load_pool_model(saved, made).card.weights == "builtin1-seed1"


def test_its_settings_tell_the_precision_and_where_there_are_none_the_run_does(
    model: EmbeddingModel, saved: Path
) -> None:
    made = settings("builtin1-seed1", weights_name(model.backbone))
    assert load_pool_model(saved, made, "bf16").card.precision == "32"
    assert load_pool_model(saved, None, "bf16").card.precision == "bf16"


def test_another_model_in_its_place_is_refused(saved: Path) -> None:
    with pytest.raises(InputError, match=r"checkpoint_latest.ckpt: is not the model that made the datapool"):
        load_pool_model(saved, settings("builtin1-seed1", "0123456789abcdef"))


def test_it_holds_weights_only_in_the_layout_of_the_package(model: EmbeddingModel, saved: Path) -> None:
    content = torch.load(saved, weights_only=True)
    assert list(content) == ["state_dict"]
    assert {name.split(".")[1] for name in content["state_dict"]} == {"backbone"}
    # The package's own network: input norm, ResNet without its classifier, 1x1 convolution, mean. It drops `model.`.
    body = list(ResNetGenerator("resnet-9", 0.125).children())
    network = torch.nn.Module()
    network.backbone = torch.nn.Sequential(
        torch.nn.BatchNorm2d(3), *body[:-1], torch.nn.Conv2d(body[-1].in_features, 16, 1), torch.nn.AdaptiveAvgPool2d(1)
    )
    network.load_state_dict({name.removeprefix("model."): tensor for name, tensor in content["state_dict"].items()})
    pictures = torch.rand(2, 3, 64, 64)
    assert torch.allclose(network.eval().backbone(pictures), model.backbone(pictures), atol=1e-5)


@pytest.mark.parametrize("name", ["builtin1-seed2", "builtin9-seed1", "builtin1-seed", "0123456789abcdef", "winnow-x"])
def test_a_name_of_other_weights_is_not_taken_over(model: EmbeddingModel, saved: Path, name: str) -> None:
    """Vectors that other weights made are kept under it."""
    own = weights_name(model.backbone)
    assert load_pool_model(saved, settings(name, own)).card.weights == own


def test_a_datapool_keeps_no_programs() -> None:
    for name in ("winnow", "resnet-18", "timm/vit", "torchvision/resnet18"):
        refuse_program("pool", name)
    with pytest.raises(InputError, match=r"^datapool\.name=pool: a datapool keeps weights, and a TorchScript file is"):
        refuse_program("pool", "torchscript")
