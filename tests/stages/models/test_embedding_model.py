import logging
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torchvision import models

from configs.errors import InputError
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import (
    EmbeddingModel,
    ModelCard,
    card_without_loading,
    is_name_of,
    load_model,
    seeded_weights_name,
    weights_name,
)
from selection_assets.stages.models.model_choice import BUILTIN, TORCHSCRIPT, ModelChoice, resnet_choice
from tests.stages.embedding.whole_results import load_resnet

SMALL = Architecture("resnet-9", 0.125, 16)


def test_ids_tell_seeds_and_picture_sizes_apart(small_model: EmbeddingModel) -> None:
    assert small_model.card.weights == seeded_weights_name(1) != seeded_weights_name(2)
    assert small_model.card.id == "resnet-9-w0.125-d16-64px-bilinear-imagenet-builtin1-seed1"
    assert load_model(resnet_choice(SMALL, 32)).card.id == "resnet-9-w0.125-d16-32px-bilinear-imagenet-builtin1-seed1"


def test_names_of_the_same_weights(small_model: EmbeddingModel, tmp_path: Path) -> None:
    """A file may hold what a seed gives, and a later version of a library other numbers for the same seed."""
    torch.save(small_model.backbone.state_dict(), tmp_path / "a.pt")
    of_file = load_model(resnet_choice(SMALL), tmp_path / "a.pt")
    own = weights_name(small_model.backbone)
    assert (small_model.card.weights, of_file.card.weights) == (seeded_weights_name(1), own)
    for model in (small_model, of_file):
        assert is_name_of(own, model) and is_name_of(seeded_weights_name(1), model)
        for other in (seeded_weights_name(2), seeded_weights_name(1) + "x", "1", "", own[:-1]):
            assert not is_name_of(other, model)
    assert not is_name_of(seeded_weights_name(1), load_model(ModelChoice(BUILTIN, None, None)))


@pytest.mark.parametrize("choice", [resnet_choice(SMALL), ModelChoice(BUILTIN, None, None)])
def test_precision_is_part_of_the_id(choice: ModelChoice) -> None:
    less = replace(choice, precision="bf16")
    assert load_model(less).card == card_without_loading(less, None, 1)
    assert load_model(less).card.id == load_model(choice).card.id.replace("-imagenet-", "-imagenet-bf16-")


def test_the_card_of_a_seeded_model_is_known_without_loading_it(small_model: EmbeddingModel) -> None:
    assert card_without_loading(resnet_choice(SMALL), None, 1) == small_model.card
    assert card_without_loading(resnet_choice(SMALL), Path("a.ckpt"), 1) is None
    assert card_without_loading(ModelChoice("timm/test_vit", None, None), None, 1) is None


def test_the_card_of_the_built_in_model_is_known_without_loading_it(tmp_path: Path) -> None:
    choice = ModelChoice(BUILTIN, None, None)
    model = load_model(choice)
    assert card_without_loading(choice, None, 1) == model.card
    with torch.inference_mode():
        side = model.card.preprocessing.input_size
        assert model.backbone(torch.zeros(2, 3, side, side)).shape == (2, model.card.num_ftrs)
    torch.save(model.backbone.state_dict(), tmp_path / "same.pt")
    assert load_model(choice, tmp_path / "same.pt").card == model.card


def test_a_torchscript_program_is_a_model(tmp_path: Path) -> None:
    program = torch.jit.script(torch.nn.Sequential(torch.nn.Conv2d(3, 7, 3), torch.nn.AdaptiveAvgPool2d(1)))
    torch.jit.save(program, str(tmp_path / "a.pt"))
    card = load_model(ModelChoice(TORCHSCRIPT, None, 32), tmp_path / "a.pt").card
    assert (card.num_ftrs, card.preprocessing.input_size) == (7, 32)
    assert card.id.startswith("torchscript-32px-bilinear-imagenet-")


def test_a_size_that_the_model_cannot_take(tmp_path: Path) -> None:
    network = models.squeezenet1_1(weights=None)
    torch.save(network.state_dict(), tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"squeezenet1_1 cannot embed pictures of 4 px \("):
        load_model(ModelChoice("torchvision/squeezenet1_1", None, 4), tmp_path / "a.pth")


def test_a_program_that_does_not_give_a_vector_per_picture(tmp_path: Path) -> None:
    class Mean(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.mean(dim=(0, 2, 3))[None]

    torch.jit.save(torch.jit.script(Mean()), str(tmp_path / "a.pt"))
    with pytest.raises(InputError, match="it does not give one vector per picture"):
        load_model(ModelChoice(TORCHSCRIPT, None, 32), tmp_path / "a.pt")


def test_checkpoint_id_follows_the_weights_not_the_file(tmp_path: Path, small_model: EmbeddingModel) -> None:
    state = {f"model.backbone.{name}": tensor for name, tensor in small_model.backbone.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 1}, tmp_path / "a.ckpt")
    torch.save({"state_dict": state, "epoch": 2}, tmp_path / "b.ckpt")
    a, b = load_resnet(SMALL, tmp_path / "a.ckpt"), load_resnet(SMALL, tmp_path / "b.ckpt")
    assert a.card.weights == b.card.weights == weights_name(small_model.backbone)
    assert not a.backbone.training
    state["model.backbone.7.bias"] = state["model.backbone.7.bias"] + 1e-3
    torch.save({"state_dict": state}, tmp_path / "c.ckpt")
    assert load_resnet(SMALL, tmp_path / "c.ckpt").card.weights != a.card.weights


def test_memory_layout_does_not_change_the_id(small_model: EmbeddingModel) -> None:
    before = weights_name(small_model.backbone)
    small_model.backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert weights_name(small_model.backbone) == before


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"7.weight": 0.0}, "the model gives the same embedding for every picture"),
        ({"7.weight": 1e7, "6.0.bn2.weight": 1e7}, r"the model gives embeddings with numbers as large as"),
        ({"6.0.bn2.weight": 1e8, "5.0.bn2.weight": 1e8, "4.0.bn2.weight": 1e8, "7.weight": 1e8}, "the model gives "),
    ],
)
def test_a_checkpoint_whose_vectors_cannot_be_embeddings(
    tmp_path: Path, small_model: EmbeddingModel, change: dict[str, float], fault: str
) -> None:
    """Each tensor alone could be weights."""
    state = {f"model.backbone.{name}": tensor.clone() for name, tensor in small_model.backbone.state_dict().items()}
    for name, value in change.items():
        state[f"model.backbone.{name}"].fill_(value)
    torch.save({"state_dict": state}, tmp_path / "a.ckpt")
    with pytest.raises(InputError, match=rf"checkpoint .*a\.ckpt: {fault}.*; train it again, or use another one"):
        load_resnet(SMALL, tmp_path / "a.ckpt")


@pytest.mark.parametrize(("name", "package"), [("timm/test_resnet", "timm"), ("torchvision/resnet18", "torchvision")])
def test_the_prefix_of_a_name_says_whose_model_it_is(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str, small_model: EmbeddingModel
) -> None:
    from selection_assets.stages.models import timm_model, torchvision_model
    from selection_assets.stages.models.preprocessing import Preprocessing

    asked: list[tuple[str, str, Path | None, int | None]] = []

    def stand_in(module: str) -> Any:
        def load(name: str, checkpoint: Path | None, input_size: int | None) -> tuple[torch.nn.Module, Preprocessing]:
            asked.append((module, name, checkpoint, input_size))
            return small_model.backbone, Preprocessing(40, "bicubic")

        return load

    monkeypatch.setattr(timm_model, "timm_model", stand_in("timm"))
    monkeypatch.setattr(torchvision_model, "torchvision_model", stand_in("torchvision"))
    card = load_model(ModelChoice(name, None, 40), Path("a.pth")).card
    assert asked == [(package, name, Path("a.pth"), 40)]
    assert card == ModelCard(name, None, 16, weights_name(small_model.backbone), Preprocessing(40, "bicubic"))


def test_a_download_that_takes_long_says_so(
    monkeypatch: pytest.MonkeyPatch, small_model: EmbeddingModel, caplog: pytest.LogCaptureFixture
) -> None:
    from selection_assets.stages.models import timm_model
    from selection_assets.stages.models.preprocessing import Preprocessing

    def slow(*_: object) -> tuple[torch.nn.Module, Preprocessing]:
        deadline = time.monotonic() + 20
        while not caplog.messages and time.monotonic() < deadline:
            time.sleep(0.01)
        return small_model.backbone, Preprocessing(16)

    monkeypatch.setattr(timm_model, "timm_model", slow)
    monkeypatch.setattr("selection_assets.stages.progress.LOG_EVERY_SECONDS", 0.02)
    with caplog.at_level(logging.INFO, "winnow"):
        load_model(ModelChoice("timm/x", None, None))
    said = r"Loading the model timm/x \(downloading it where it is not here\): still at work after 0 s"
    assert re.fullmatch(said, caplog.messages[0])
