"""The flat keys of training: documented defaults, old spellings, and mistakes."""

import re

import pytest

from configs.errors import InputError
from configs.run_settings import resolve
from configs.spellings.flat_options import OPTIONS, flat_values, overrides_of, parse_flat_options
from configs.spellings.unsupported_options import UNSUPPORTED
from configs.stages.checkpoint import CheckpointConfig
from configs.validated import validated

DOCUMENTED = {
    "lightly.loader.shuffle": True,
    "lightly.loader.drop_last": True,
    "lightly.trainer.max_epochs": 100,
    "lightly.trainer.precision": 32,
    "lightly.trainer.enable_model_summary": True,
    "lightly.trainer.weights_summary": "",
    "lightly.criterion.temperature": 0.5,
    "lightly.criterion.memory_bank_size": 0,
    "lightly.optimizer.lr": 1,
    "lightly.optimizer.weight_decay": 0.00001,
    "lightly.collate.cj_prob": 0.8,
    "lightly.collate.cj_bright": 0.7,
    "lightly.collate.cj_contrast": 0.7,
    "lightly.collate.cj_sat": 0.7,
    "lightly.collate.cj_hue": 0.2,
    "lightly.collate.min_scale": 0.15,
    "lightly.collate.random_gray_scale": 0.2,
    "lightly.collate.gaussian_blur": 0.5,
    "lightly.collate.kernel_size": 0.1,
    "lightly.collate.sigmas": None,
    "lightly.collate.vf_prob": 0,
    "lightly.collate.hf_prob": 0.5,
    "lightly.collate.rr_prob": 0,
    "lightly.collate.rr_degrees": None,
    "lightly.checkpoint_callback.save_last": True,
    "lightly.checkpoint_callback.save_top_k": 1,
    "lightly.checkpoint_callback.dirpath": "",
    "lightly.summary_callback.max_depth": 1,
}


def settings(*tokens: str) -> dict[str, object]:
    return flat_values(resolve(parse_flat_options(tokens).named))


def test_every_documented_key_with_its_default() -> None:
    values = settings()
    assert {key: values[key] for key, option in OPTIONS.items() if option.path.startswith("training.")} == DOCUMENTED
    assert DOCUMENTED.keys() | {"lightly.model.out_dim", "enable_training"} <= OPTIONS.keys()
    assert not [key for key in UNSUPPORTED if key.startswith("lightly.") and "training" in UNSUPPORTED[key].capability]


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("enable_training=True", True),
        ("lightly.model.out_dim=64", 64),
        ("lightly.trainer.precision=16", 16),
        ("lightly.trainer.precision=bf16", "bf16"),
        ("lightly.trainer.weights_summary=full", "full"),
        ("lightly.trainer.weights_summary=null", ""),
        ("lightly.optimizer.lr=1", 1.0),
        ("lightly.collate.kernel_size=null", None),
        ("lightly.collate.kernel_size=0.2", 0.2),
        ("lightly.collate.sigmas=[0.2,2]", [0.2, 2.0]),
        ("lightly.collate.rr_degrees=30", 30.0),
        ("lightly.collate.rr_degrees=[-10,20]", [-10.0, 20.0]),
        ("lightly.collate.rr_degrees=null", None),
        ("lightly.checkpoint_callback.save_top_k=-1", -1),
        ("lightly.checkpoint_callback.dirpath=models", "models"),
    ],
)
def test_values_arrive_and_can_be_told_again(token: str, value: object) -> None:
    key = token.partition("=")[0]
    assert settings(token)[key] == value
    again = overrides_of(parse_flat_options([token]).named)
    assert settings(*again)[key] == value


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["lightly.trainer.precision=8"], "lightly.trainer.precision=8: write 32, 16 or bf16"),
        (["lightly.trainer.max_epochs=-1"], "lightly.trainer.max_epochs=-1: must be at least 0"),
        (["lightly.trainer.max_epochs=1.5"], "expected a whole number"),
        (["lightly.criterion.temperature=0"], "lightly.criterion.temperature=0: must be at least 1e-08"),
        (["lightly.optimizer.weight_decay=2"], "lightly.optimizer.weight_decay=2: must be at most 1"),
        (["lightly.optimizer.momentum=0.9"], "option lightly.optimizer.momentum does not exist"),
        (["lightly.collate.cj_hue=0.6"], "must be at most 0.5"),
        (["lightly.collate.hf_prob=1.1"], "must be at most 1"),
        (["lightly.collate.kernel_size=-1"], "lightly.collate.kernel_size=-1: must be at least 0"),
        (["lightly.collate.sigmas=1"], "write [lowest,highest], two numbers from 0 to 1000, or null"),
        (["lightly.collate.sigmas=[2,1]"], "the first number must not exceed the second"),
        (["lightly.collate.sigmas=[-1,1]"], "write [lowest,highest], two numbers from 0 to 1000"),
        (["lightly.collate.rr_degrees=[1,2,3]"], "write a number, [lowest,highest], or null"),
        (["lightly.collate.rr_degrees=-45"], "lightly.collate.rr_degrees=-45: one number stands for both directions"),
        (["lightly.collate.rr_degrees=500"], "=500: write a number, [lowest,highest], or null; angles from -360 to"),
        (
            ["lightly.checkpoint_callback.save_top_k=0", "lightly.checkpoint_callback.save_last=False"],
            "would keep no model",
        ),
    ],
)
def test_mistakes_name_key_value_and_mend(tokens: list[str], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as error:
        settings(*tokens)
    assert "\n" not in str(error.value)


def check(degrees: list[float]) -> None:
    validated(CheckpointConfig, {"training": {"collate": {"rr_degrees": degrees}}}, "checkpoint")


@pytest.mark.parametrize("degrees", [[], [0], [360], [-360, 360], [-360, -1], [-1, 360], [90, 90]])
def test_rotations_within_a_whole_turn(degrees: list[float]) -> None:
    check(degrees)


@pytest.mark.parametrize("degrees", [[361], [-361, 1], [-1, 361], [-361, -361], [0, 360.5]])
def test_the_largest_angle_of_either_sign_counts(degrees: list[float]) -> None:
    with pytest.raises(InputError, match=r"rr_degrees.*360"):
        check(degrees)
