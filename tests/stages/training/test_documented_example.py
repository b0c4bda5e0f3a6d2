"""The example of all training options in the old product's documentation, with few epochs and images."""

from pathlib import Path
from typing import Any

from configs.run_settings import resolve
from configs.spellings.config_dictionaries import settings_from_dictionaries
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.model_choice import ModelChoice, model_choice
from selection_assets.stages.training.hardware import choose_hardware
from selection_assets.stages.training.train import train
from tests.documented_example import LIGHTLY_CONFIG
from tests.stages.embedding.whole_results import load_resnet
from tests.stages.training.conftest import Thumbnails


def test_the_example_names_the_defaults() -> None:
    named = settings_from_dictionaries({"enable_training": True}, None, LIGHTLY_CONFIG)
    settings, defaults = resolve(named), resolve({"checkpoint": {"enable_training": True}})
    assert settings["checkpoint"].training == defaults["checkpoint"].training  # type: ignore[attr-defined]
    assert settings["embeddings"].loader == defaults["embeddings"].loader  # type: ignore[attr-defined]
    assert settings["embeddings"].trainer == defaults["embeddings"].trainer  # type: ignore[attr-defined]
    assert chosen(settings) == chosen(defaults)


def chosen(settings: Any) -> ModelChoice:
    return model_choice(
        settings["checkpoint"].model,
        input_size=settings["embeddings"].collate.input_size,
        has_checkpoint=False,
        is_training=True,
    )


def test_the_example_trains(tmp_path: Path) -> None:
    example = {**LIGHTLY_CONFIG, "trainer": {"gpus": 1, "max_epochs": 2, "precision": 32}}
    settings = resolve(settings_from_dictionaries({"enable_training": True}, None, example))
    config, embedding = settings["checkpoint"], settings["embeddings"]
    thumbnails = Thumbnails(4)
    model = config.model  # type: ignore[attr-defined]
    architecture = Architecture(model.name, model.width, model.num_ftrs)
    result = train(
        thumbnails.keys,
        thumbnails.sizes,
        thumbnails,
        tmp_path,
        architecture=architecture,
        config=config.training,  # type: ignore[attr-defined]
        out_dim=model.out_dim,
        batch_size=embedding.loader.batch_size,  # type: ignore[attr-defined]
        num_workers=embedding.loader.num_workers,  # type: ignore[attr-defined]
        input_size=embedding.collate.input_size,  # type: ignore[attr-defined]
        seed=config.seed,  # type: ignore[attr-defined]
        hardware=choose_hardware(embedding.trainer.gpus),  # type: ignore[attr-defined]
    )
    assert len(result.epochs) == 2
    assert load_resnet(architecture, tmp_path / result.best).card.architecture == architecture
    parameters = sum(
        tensor.numel() for tensor in load_resnet(architecture, tmp_path / result.best).backbone.parameters()
    )
    assert 11.1e6 < parameters < 11.3e6
