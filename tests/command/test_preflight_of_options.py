"""What is refused before a run starts: options that make no sense together, folders and files that are not there."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from configs.errors import InputError
from configs.run_settings import Named, merge, resolve
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.embedding import EmbeddingConfig
from selection_assets.command.preflight import preflight, with_absolute_folders
from selection_assets.stages.models.chosen_model import chosen_model
from selection_assets.stages.models.model_choice import ModelChoice


def chosen(checkpoint: Named | dict[str, object], pool: str = "", input_size: int | None = None) -> ModelChoice:
    settings: dict[str, BaseModel] = resolve(
        {
            "checkpoint": dict(checkpoint),
            "datapool": {"name": pool},
            "embeddings": {"collate": {"input_size": input_size}},
        }
    )
    config, embedding, datapool = settings["checkpoint"], settings["embeddings"], settings["datapool"]
    assert isinstance(config, CheckpointConfig)
    assert isinstance(embedding, EmbeddingConfig) and isinstance(datapool, DatapoolConfig)
    return chosen_model(config, embedding, datapool)


@pytest.mark.parametrize(
    ("checkpoint", "name", "input_size"),
    [
        ({}, "winnow", None),
        ({"checkpoint": "a.ckpt"}, "resnet-18", 64),
        ({"enable_training": True}, "resnet-18", 64),
        ({"enable_training": True, "training": {"trainer": {"max_epochs": 1}}}, "resnet-18", 64),
        ({"enable_training": True, "training": {"trainer": {"max_epochs": 0}}}, "winnow", None),
        ({"model": {"name": "torchscript"}, "checkpoint": "a.pt"}, "torchscript", None),
        (
            {"model": {"name": "winnow"}, "enable_training": True, "training": {"trainer": {"max_epochs": 0}}},
            "winnow",
            None,
        ),
    ],
)
def test_the_model_that_is_asked_for(checkpoint: Named, name: str, input_size: int | None) -> None:
    choice = chosen(checkpoint)
    assert (choice.name, choice.input_size) == (name, input_size)
    assert chosen(checkpoint, input_size=32).input_size == 32


@pytest.mark.parametrize(
    ("checkpoint", "pool", "line"),
    [
        ({"model": {"name": "torchscript"}}, "",
         "lightly.model.name=torchscript: name the file with checkpoint=FILE (below shared_dir)"),
        ({"model": {"name": "torchscript"}, "checkpoint": "a.pt"}, "pool",
         "datapool.name=pool: a datapool keeps weights, and a TorchScript file is a program; use another model, or "
         "leave datapool.name out"),
        ({"model": {"name": "winnow"}, "enable_training": True}, "",
         "lightly.model.name=winnow cannot be trained; use one of "),
        ({"model": {"name": "timm/x", "width": 2}}, "", "lightly.model.width=2.0 belongs to the models "),
    ],
)  # fmt: skip
def test_models_that_cannot_be(checkpoint: Named, pool: str, line: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(line)}"):
        chosen(checkpoint, pool)


@pytest.fixture
def folders(tmp_path: Path) -> Named:
    """A run on existing folders."""
    for name in ("in", "shared"):
        (tmp_path / name).mkdir()
    (tmp_path / "shared" / "there.csv").write_text("x", encoding="utf-8")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    datasource = {"input_dir": str(tmp_path / "in"), "shared_dir": str(tmp_path / "shared")}
    return {"datasource": datasource, "run_folder": {"output_dir": str(tmp_path / "out" / "deep")}}


def test_a_good_run_leaves_nothing_behind(folders: Named, tmp_path: Path) -> None:
    preflight(folders)
    preflight(merge(folders, {"input_samples": {"embeddings": "there.csv"}, "datapool": {"name": "pool"}}))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "in", "shared", "there.csv"]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"datasource": {"input_dir": "TMP/gone"}}, "input_dir=TMP/gone: No such file or directory"),
        ({"datasource": {"input_dir": "TMP/file"}}, "input_dir=TMP/file is not a folder"),
        ({"datasource": {"shared_dir": "TMP/gone"}}, "shared_dir=TMP/gone: No such file or directory"),
        ({"input_samples": {"embeddings": "gone.csv"}}, "embeddings=gone.csv: there is no such file in shared_dir="),
        ({"input_samples": {"relevant_filenames_file": "gone"}}, "relevant_filenames_file=gone: there is no such file"),
        ({"checkpoint": {"checkpoint": "gone.ckpt"}}, "checkpoint=gone.ckpt: there is no such file in shared_dir="),
        ({"input_samples": {"embeddings": "there.csv"}, "checkpoint": {"checkpoint": "gone.ckpt"}},
         "checkpoint=gone.ckpt: there is no such file in shared_dir="),
        ({"run_folder": {"output_dir": "TMP/file"}}, "output_dir=TMP/file: TMP/file is not a folder; choose"),
        ({"run_folder": {"output_dir": "TMP/file/below"}}, "output_dir=TMP/file/below: TMP/file is not a folder"),
        ({"run_folder": {"output_dir": ""}}, "output_dir is not set"),
        ({"datapool": {"name": "there.csv"}}, "datapool.name=there.csv: TMP/shared/there.csv is not a folder"),
        ({"datapool": {"name": "../x"}}, "datapool.name="),
        ({"checkpoint": {"model": {"name": "torchscript"}}}, "lightly.model.name=torchscript: name the file"),
        ({"checkpoint": {"model": {"name": "resnet-19"}}}, "lightly.model.name=resnet-19: there is no such model"),
        ({"selected_samples": {"method": "coral"}}, "method=coral needs scores"),
        ({"report": {"n_example_images": 5}}, "report.n_example_images: must be an even number"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(folders: Named, tmp_path: Path, more: Named, line: str) -> None:
    def placed(text: object) -> object:
        return text.replace("TMP", str(tmp_path)) if isinstance(text, str) else text

    given = {stage: {name: placed(value) for name, value in fields.items()} for stage, fields in more.items()}
    with pytest.raises(InputError, match=f"^{re.escape(str(placed(line)))}"):
        preflight(merge(folders, given))


def test_a_datapool_that_is_only_read_need_not_be_writable(folders: Named) -> None:
    pool = {"name": "there.csv", "enable_datapool_update": False}
    preflight(merge(folders, {"datapool": pool}))


def test_the_checkpoint_is_not_loaded_where_embeddings_are_given(folders: Named) -> None:
    more = {"input_samples": {"embeddings": "there.csv"}, "checkpoint": {"checkpoint": "there.csv"}}
    preflight(merge(folders, more))
    with pytest.raises(InputError, match=r"there\.csv"):
        preflight(merge(folders, {"checkpoint": {"checkpoint": "there.csv"}}))


def test_folders_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    named: Named = {
        "datasource": {"input_dir": "a", "shared_dir": "~/b"},
        "run_folder": {"output_dir": "/c", "run_directory": "d"},
        "datapool": {"name": "e"},
    }
    assert with_absolute_folders(named) == {
        "datasource": {"input_dir": f"{tmp_path}/a", "shared_dir": "/home/me/b"},
        "run_folder": {"output_dir": "/c", "run_directory": "d"},
        "datapool": {"name": "e"},
    }
    assert with_absolute_folders({"datasource": {"input_dir": ""}}) == {"datasource": {"input_dir": ""}}
    buckets = {
        "datasource": {"input_dir": "s3://abc/a/", "shared_dir": "S3://abc"},
        "run_folder": {"output_dir": "s3://d-e/f"},
    }
    assert with_absolute_folders(buckets) == {
        "datasource": {"input_dir": "s3://abc/a", "shared_dir": "s3://abc"},
        "run_folder": {"output_dir": "s3://d-e/f"},
    }
