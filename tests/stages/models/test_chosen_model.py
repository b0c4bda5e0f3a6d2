from typing import Any

import pytest

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.embedding import CollateConfig, EmbeddingConfig
from configs.validated import validated
from selection_assets.stages.models.chosen_model import chosen_model


def chosen(pool: str = "", embedding: EmbeddingConfig = EmbeddingConfig(), **fields: Any) -> Any:  # noqa: B008 - frozen
    return chosen_model(validated(CheckpointConfig, fields, "checkpoint"), embedding, DatapoolConfig(name=pool))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "winnow"),
        ({"enable_training": True}, "resnet-18"),
        ({"enable_training": True, "training": {"trainer": {"max_epochs": 0}}}, "winnow"),
        ({"checkpoint": "x.ckpt"}, "resnet-18"),
        ({"model": {"width": 0.5}}, "resnet-18"),
        ({"model": {"name": "resnet-34"}, "enable_training": True}, "resnet-34"),
    ],
)
def test_the_model_that_is_meant(fields: dict[str, Any], name: str) -> None:
    assert chosen(**fields).name == name


def test_size_and_precision_are_those_of_the_embedding() -> None:
    embedding = EmbeddingConfig(collate=CollateConfig(input_size=96), precision="bf16")
    found = chosen("", embedding, model={"name": "resnet-9"})
    assert (found.input_size, found.precision) == (96, "bf16")


def test_a_torchscript_model_needs_its_file_and_no_datapool() -> None:
    with pytest.raises(InputError, match=r"^lightly\.model\.name=torchscript: name the file with checkpoint=FILE"):
        chosen(model={"name": "torchscript"})
    assert chosen(model={"name": "torchscript"}, checkpoint="x.pt").name == "torchscript"
    with pytest.raises(InputError, match=r"^datapool\.name=pool: a datapool keeps weights, and a TorchScript file is"):
        chosen("pool", model={"name": "torchscript"}, checkpoint="x.pt")
