from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import EmbeddingModel, ModelCard, card_without_loading
from selection_assets.stages.models.model_choice import ModelChoice, resnet_choice
from selection_assets.stages.models.model_row import (
    SCHEMA,
    load_model_of,
    model_row,
    model_source,
    row_of,
    verified_model,
)
from selection_assets.stages.models.preprocessing import Preprocessing
from tests.stages.embedding.whole_results import load_resnet

SMALL = Architecture("resnet-9", 0.125, 16)


def save(model: EmbeddingModel, path: Path, change: float = 0.0) -> Path:
    state = {f"model.backbone.{name}": tensor.clone() for name, tensor in model.backbone.state_dict().items()}
    state["model.backbone.7.bias"] += change
    torch.save({"state_dict": state}, path)
    return path


def through_a_table(row: dict[str, object]) -> dict[str, object]:
    found = row_of(pl.DataFrame([row], schema=SCHEMA))
    assert found is not None
    return found


def test_a_row_tells_all_about_a_card() -> None:
    card = ModelCard("resnet-9", SMALL, 16, "abc", Preprocessing(48, "bicubic"), "bf16")
    row = through_a_table(model_row(card, "a.ckpt", Path("/x/a.ckpt")))
    assert row == {
        "name": "resnet-9",
        "width": 0.125,
        "num_ftrs": 16,
        "input_size": 48,
        "transform": "bicubic-imagenet",
        "precision": "bf16",
        "source": "a.ckpt",
        "weights": "abc",
        "id": "resnet-9-w0.125-d16-48px-bicubic-imagenet-bf16-abc",
        "file": "/x/a.ckpt",
    }
    other = model_row(ModelCard("timm/x", None, 7, "abc", Preprocessing(48)), "published weights")
    assert (other["width"], other["num_ftrs"], other["file"]) == (None, 7, None)
    assert row_of(pl.DataFrame(schema=SCHEMA)) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_a_row_leads_back_to_a_seeded_model(seed: int) -> None:
    choice = replace(resnet_choice(SMALL, 32), precision="bf16")
    card = card_without_loading(choice, None, seed)
    assert card is not None
    row = through_a_table(model_row(card, f"seed {seed}"))
    assert load_model_of(row, None, seed).card == card
    with pytest.raises(InputError, match=rf"^the model that seed {seed} names changed during the run \(it was"):
        load_model_of(row, None, seed + 1)


def test_a_given_file_that_changed(tmp_path: Path, small_model: EmbeddingModel) -> None:
    file = save(small_model, tmp_path / "a.ckpt")
    row = through_a_table(model_row(load_resnet(SMALL, file).card, "a.ckpt"))
    assert load_model_of(row, file, 1).card.id == row["id"]
    save(small_model, file, 1e-3)
    with pytest.raises(InputError, match=r"the model that a\.ckpt names changed during the run"):
        load_model_of(row, file, 1)
    with pytest.raises(InputError, match=r"the model that a\.ckpt names changed during the run"):
        load_model_of(row, None, 1)


def test_a_trained_model_is_its_own_file(tmp_path: Path, small_model: EmbeddingModel) -> None:
    file = save(small_model, tmp_path / "lightly_epoch_0.ckpt", 1e-3)
    row = through_a_table(model_row(load_resnet(SMALL, file).card, "trained on 9 images", file))
    start = save(small_model, tmp_path / "start.ckpt")
    assert load_model_of(row, start, 1).card.id == row["id"]
    save(small_model, file)
    with pytest.raises(InputError, match="the model that trained on 9 images names changed"):
        load_model_of(row, start, 1)
    file.unlink()
    with pytest.raises(InputError, match=r"lightly_epoch_0\.ckpt is gone; materialise the asset checkpoint again"):
        load_model_of(row, start, 1)


def test_the_model_of_a_datapool_is_looked_at_as_well(small_model: EmbeddingModel) -> None:
    row = through_a_table(model_row(small_model.card, "datapool pool"))
    assert verified_model(small_model, row) is small_model
    for other in (replace(small_model.card, weights="abc"), replace(small_model.card, precision="bf16")):
        with pytest.raises(InputError, match=r"^the model that datapool pool names changed .* run again$"):
            verified_model(replace(small_model, card=other), row)


def test_where_the_weights_come_from() -> None:
    built_in = card_without_loading(ModelChoice("winnow", None, None), None, 1)
    seeded = card_without_loading(resnet_choice(SMALL), None, 3)
    assert built_in is not None
    assert seeded is not None
    published = ModelCard("timm/x", None, 7, "abc", Preprocessing(48))
    assert model_source(built_in, CheckpointConfig(seed=3)) == "built-in"
    assert model_source(seeded, CheckpointConfig(seed=3)) == "seed 3"
    assert model_source(published, CheckpointConfig()) == "published weights"
    assert model_source(published, CheckpointConfig(checkpoint="a.pth")) == "a.pth"
