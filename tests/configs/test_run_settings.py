import pytest
from pydantic import BaseModel

from configs.errors import InputError
from configs.run_settings import RESOURCES, STAGES, merge, named_in_run_config, plain, resolve, to_run_config
from configs.spellings.flat_options import OPTIONS


def test_run_config_and_back() -> None:
    named = {"selected_samples": {"method": "random"}, "datasource": {"input_dir": "/x"}}
    assert named_in_run_config(to_run_config(named)) == named


def test_an_empty_run_config_names_nothing() -> None:
    assert named_in_run_config({}) == {}
    assert named_in_run_config({"ops": None, "resources": {"run_folder": None}}) == {"run_folder": {}}


def test_merge_goes_field_by_field() -> None:
    stored = {"loader": {"batch_size": 4, "num_workers": 1}, "seed": 3}
    assert merge(stored, {"loader": {"batch_size": 8}}) == {"loader": {"batch_size": 8, "num_workers": 1}, "seed": 3}


def test_a_wrong_value_is_named_with_its_place() -> None:
    with pytest.raises(InputError, match=r"embeddings\.loader\.batch_size: .* 1; the value given is 0"):
        resolve({"embeddings": {"loader": {"batch_size": 0}}})


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(InputError, match=r"report.n_example does not exist; did you mean n_example_images\?"):
        resolve({"report": {"n_example": 2}})


def leaves(model: type[BaseModel], prefix: str = "") -> list[str]:
    found: list[str] = []
    for name, field in model.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, BaseModel):
            found += leaves(nested, f"{prefix}{name}.")
        else:
            found.append(prefix + name)
    return found


def test_every_typed_field_can_be_named_on_the_command_line() -> None:
    typed = {(stage, path) for stage, model in {**STAGES, **RESOURCES}.items() for path in leaves(model)}
    flat = {(option.stage, option.path) for option in OPTIONS.values()}
    assert typed - flat == {
        ("selected_samples", "stopping_condition.proportion_samples"),  # n_samples=0.3
        *(("selected_samples", name) for name in ("strategies", "n_samples", "proportion_samples")),  # a file
    }
    assert flat - typed == set()


def test_every_typed_field_is_described() -> None:
    def undescribed(model: type[BaseModel]) -> list[str]:
        return [
            name
            for name, field in model.model_fields.items()
            if not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel))
            and not field.description
        ]

    assert {stage: undescribed(model) for stage, model in {**STAGES, **RESOURCES}.items() if undescribed(model)} == {}


def test_plain_gives_nested_dictionaries() -> None:
    assert plain(resolve({})["normalized_embeddings"]) == {"normalize_embeddings": True}
