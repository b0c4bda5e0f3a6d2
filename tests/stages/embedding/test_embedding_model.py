from pathlib import Path

import torch

from selection_assets.stages.embedding.architecture import Architecture
from selection_assets.stages.embedding.embedding_model import (
    EmbeddingModel,
    builtin_weights_name,
    load_model,
    model_id,
    weights_name,
)

SMALL = Architecture("resnet-9", 0.125, 16)


def test_ids_tell_builtin_models_and_picture_sizes_apart(small_model: EmbeddingModel) -> None:
    assert small_model.weights == builtin_weights_name(1) != builtin_weights_name(2)
    assert model_id(SMALL, small_model.weights, 64) == "resnet-9-w0.125-d16-64px-bilinear-imagenet-builtin1-seed1"
    assert model_id(SMALL, small_model.weights, 32) != model_id(SMALL, small_model.weights, 64)


def test_checkpoint_id_follows_the_weights_not_the_file(tmp_path: Path, small_model: EmbeddingModel) -> None:
    state = {f"model.backbone.{name}": tensor for name, tensor in small_model.backbone.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 1}, tmp_path / "a.ckpt")
    torch.save({"state_dict": state, "epoch": 2}, tmp_path / "b.ckpt")
    a, b = load_model(SMALL, tmp_path / "a.ckpt"), load_model(SMALL, tmp_path / "b.ckpt")
    assert a.weights == b.weights == weights_name(small_model.backbone)
    assert not a.backbone.training
    state["model.backbone.7.bias"] = state["model.backbone.7.bias"] + 1e-3
    torch.save({"state_dict": state}, tmp_path / "c.ckpt")
    assert load_model(SMALL, tmp_path / "c.ckpt").weights != a.weights


def test_memory_layout_does_not_change_the_id(small_model: EmbeddingModel) -> None:
    before = weights_name(small_model.backbone)
    small_model.backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert weights_name(small_model.backbone) == before
