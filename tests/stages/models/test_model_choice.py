import pytest

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig, ModelConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.embedding import EmbeddingConfig
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.chosen_model import chosen_model
from selection_assets.stages.models.model_choice import ModelChoice, is_training, model_choice


def choice(
    input_size: int | None = None, has_checkpoint: bool = False, is_training: bool = False, **options: object
) -> ModelChoice:
    model = ModelConfig(**options)  # type: ignore[arg-type]
    return model_choice(model, input_size=input_size, has_checkpoint=has_checkpoint, is_training=is_training)


def test_nothing_named_is_the_built_in_model() -> None:
    assert choice() == ModelChoice("winnow", None, None)
    assert choice(input_size=64) == ModelChoice("winnow", None, 64)


@pytest.mark.parametrize("reason", ["has_checkpoint", "is_training"])
def test_checkpoints_and_trainings_are_of_resnet_18_by_default(reason: str) -> None:
    assert choice(**{reason: True}) == ModelChoice("resnet-18", Architecture("resnet-18", 1.0, 32), 64)


def test_a_width_or_a_number_of_features_is_one_of_a_resnet() -> None:
    assert choice(num_ftrs=16).architecture == Architecture("resnet-18", 1.0, 16)
    assert choice(width=0.5, input_size=32) == ModelChoice("resnet-18", Architecture("resnet-18", 0.5, 32), 32)
    assert choice(name="resnet-9", width=0.125, num_ftrs=16).architecture == Architecture("resnet-9", 0.125, 16)


@pytest.mark.parametrize("name", ["winnow", "torchscript", "torchvision/resnet50", "timm/vit_small_patch14_dinov2"])
def test_other_models_bring_their_own_size(name: str) -> None:
    assert choice(name=name) == ModelChoice(name, None, None)
    with pytest.raises(InputError, match=r"lightly\.model\.num_ftrs=32 belongs to the models resnet-9"):
        choice(name=name, num_ftrs=32)
    with pytest.raises(InputError, match="cannot be trained; use one of resnet-9"):
        choice(name=name, is_training=True)


def test_a_name_that_is_nothing() -> None:
    with pytest.raises(InputError, match=r"lightly\.model\.name=resnet-19: there is no such model; use one of winnow"):
        choice(name="resnet-19")


def run(checkpoint: dict[str, object], **embedding: object) -> ModelChoice:
    return chosen_model(CheckpointConfig(**checkpoint), EmbeddingConfig(**embedding), DatapoolConfig())  # type: ignore[arg-type]


def epochs(number: int) -> dict[str, object]:
    return {"enable_training": True, "training": {"trainer": {"max_epochs": number}}}


def test_a_training_without_a_name_is_of_resnet_18_and_no_epochs_are_no_training() -> None:
    resnet_18, built_in = ModelChoice("resnet-18", Architecture(), 64), ModelChoice("winnow", None, None)
    assert run({"enable_training": True}) == run(epochs(1)) == resnet_18
    assert run(epochs(0)) == run({}) == built_in
    assert run(epochs(0) | {"checkpoint": "a.ckpt"}) == resnet_18
    assert run({**epochs(1), "enable_training": False}) == built_in
    assert [is_training(CheckpointConfig(**given)) for given in (epochs(1), epochs(0), {})] == [True, False, False]  # type: ignore[arg-type]


def test_no_epochs_with_a_model_that_cannot_be_trained() -> None:
    assert run(epochs(0) | {"model": {"name": "winnow"}}).name == "winnow"
    with pytest.raises(InputError, match=r"lightly\.model\.name=winnow cannot be trained"):
        run(epochs(1) | {"model": {"name": "winnow"}})


def test_size_and_precision_are_those_of_embedding() -> None:
    assert run({}, precision="bf16", collate={"input_size": 48}) == ModelChoice("winnow", None, 48, "bf16")
