from pathlib import Path
from typing import Any

import pytest

from resources.tables import Table
from selection_assets.stages.models.model_row import SCHEMA
from tests.assets.conftest import ON_CPU, SMALL_MODEL, Alone, Made
from tests.assets.small_model import save_weights, small_backbone
from tests.assets.small_tables import NO_MEMBERS, NO_THUMBNAILS, checked, draw, samples

NO_POOL = Table(NO_MEMBERS, {"exists": False})


@pytest.fixture(autouse=True)
def upstream(alone: Alone) -> None:
    alone.write(checked_samples=checked(samples(["a/x.png"])), thumbnails=NO_THUMBNAILS, datapool_members=NO_POOL)


def row(made: Made) -> dict[str, Any]:
    frame = made.tables["checkpoint"].frame
    assert frame.schema == SCHEMA
    assert len(frame) == 1
    return frame.row(0, named=True)


def test_a_model_with_weights_of_a_seed(alone: Alone) -> None:
    made = alone("checkpoint", checkpoint={**SMALL_MODEL, "seed": 3})
    found = row(made)
    expected = {
        "name": "resnet-9", "width": 0.125, "num_ftrs": 16, "input_size": 64, "precision": "32", "source": "seed 3",
        "file": None,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert found["weights"] and found["id"] and found["transform"]
    assert made.files == set()
    assert row(alone("checkpoint", checkpoint={**SMALL_MODEL, "seed": 3})) == found
    assert row(alone("checkpoint", checkpoint={**SMALL_MODEL, "seed": 4}))["id"] != found["id"]


def test_the_built_in_model(alone: Alone) -> None:
    found = row(alone("checkpoint"))
    assert (found["name"], found["source"], found["width"], found["file"]) == ("winnow", "built-in", None, None)


def test_no_model_where_embeddings_are_given(alone: Alone) -> None:
    made = alone("checkpoint", input_samples={"embeddings": "e.csv"})
    assert made.tables["checkpoint"].frame.schema == SCHEMA
    assert made.tables["checkpoint"].frame.is_empty()


def test_no_epochs_are_no_training(alone: Alone) -> None:
    named = {"enable_training": True, "training": {"trainer": {"max_epochs": 0}}}
    made = alone("checkpoint", checkpoint={**named, **SMALL_MODEL})
    assert row(made)["source"] == "seed 1"
    assert "training" not in made.tables["checkpoint"].figures
    assert row(alone("checkpoint", checkpoint=named))["name"] == "winnow"  # as without training


def test_a_torchscript_model_has_no_place_in_a_datapool(alone: Alone) -> None:
    (alone.shared / "model.pt").write_bytes(b"")
    line = alone.fault(
        "checkpoint",
        checkpoint={"model": {"name": "torchscript"}, "checkpoint": "model.pt"},
        datapool={"name": "pool"},
    )
    assert line == (
        "datapool.name=pool: a datapool keeps weights, and a TorchScript file is a program; use another model, or "
        "leave datapool.name out"
    )


@pytest.fixture
def trained(alone: Alone) -> Made:
    """A training of two epochs on eight small pictures."""
    names = [draw(alone.input / f"{seed}.png", 70, 64, seed).name for seed in range(8)]
    alone.write(input_samples=samples(names))
    alone("checked_samples")
    training = {"trainer": {"max_epochs": 2}, "checkpoint_callback": {"save_last": True}}
    return alone(
        "checkpoint", checkpoint={**SMALL_MODEL, "enable_training": True, "training": training}, embeddings=ON_CPU
    )


def test_a_training_begins_with_the_weights_that_are_given(alone: Alone) -> None:
    """With steps of next to no length they stay what they were."""
    save_weights(alone.shared / "start.ckpt", seed=9)
    alone.write(input_samples=samples([draw(alone.input / f"{seed}.png", 70, 64, seed).name for seed in range(4)]))
    alone("checked_samples")
    training = {
        "trainer": {"max_epochs": 1},
        "optimizer": {"lr": 1e-30, "weight_decay": 0.0},
        "checkpoint_callback": {"save_last": True, "dirpath": "kept/here"},
    }
    named = {**SMALL_MODEL, "checkpoint": "start.ckpt", "enable_training": True, "training": training}
    made = alone("checkpoint", checkpoint=named, embeddings=ON_CPU)
    assert row(made)["source"] == "trained on 4 images, starting from start.ckpt"
    trained = dict(small_backbone(1, Path(row(made)["file"])).named_parameters())
    given = dict(small_backbone(9).named_parameters())
    assert trained.keys() == given.keys()
    assert all(trained[name].allclose(given[name], atol=1e-6) for name in given)
    assert [name for name in made.files if name.endswith(".ckpt")]
    assert all(name.startswith("kept/here/") for name in made.files if name.endswith(".ckpt"))


def test_a_trained_model(alone: Alone, trained: Made) -> None:
    found = row(trained)
    figures = trained.tables["checkpoint"].figures["training"]
    assert found["source"] == "trained on 8 images, starting from random weights"
    assert Path(found["file"]).is_file()
    assert Path(found["file"]).is_relative_to(alone.home / "training")
    assert len(figures["losses"]) == 2
    assert figures["images"] == 8
    assert figures["best_epoch"] == min((0, 1), key=figures["losses"].__getitem__)
    about = trained.metadata["checkpoint"]
    assert about["loss"] == figures["losses"][-1]
    assert about["best_epoch"] == figures["best_epoch"]
    assert "losses" not in about
    assert about["loss_curve"].startswith("![loss per epoch](data:image/png;base64,iVBORw0KGgo")
    assert "plots/training_loss.png" in trained.files
    assert any(name.endswith(".ckpt") for name in trained.files)
    assert "Training self-supervised model." in trained.log
    assert f"The model of epoch {figures['best_epoch']} embeds: " in trained.log
