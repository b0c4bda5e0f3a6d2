"""What `winnow run` hands on and prints, without a run."""

import json
from pathlib import Path
from typing import Any

import pytest

from configs.dataset_key import key_of_folder
from selection_assets.command import launch as launch_module
from selection_assets.command import run as module
from selection_assets.command.launch import FinishedRun
from selection_assets.command.run import _ui_command, select

COUNTS = {"input": 1, "corrupt": 0, "duplicates": 0, "selected": 1, "removed": 0}


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What `launch` is called with."""
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("selection_assets.command.preflight.preflight", lambda named, dataset: None)
    monkeypatch.setattr("selection_assets.stages.reporting.helper_process.warm_up", lambda: None)
    (tmp_path / "report.json").write_text(json.dumps({"counts": COUNTS}), encoding="utf-8")

    def launch(*given: Any, keep: bool) -> FinishedRun:
        seen.append(given)
        return FinishedRun("the-id", str(tmp_path), "d", {"input_samples": 1.0}, 2.0)

    monkeypatch.setattr(launch_module, "launch", launch)
    return seen


def test_what_a_run_is_started_with(
    asked: list[tuple[Any, ...]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens = [
        f"input_dir={tmp_path}/in",
        f"output_dir={tmp_path}/out",
        "stopping_condition.n_samples=5",
        "token=secret",
    ]
    assert select(tokens, {}) == str(tmp_path)
    named, dataset, overrides = asked[0]
    assert named["datasource"]["input_dir"] == f"{tmp_path}/in"
    assert named["run_folder"]["output_dir"] == f"{tmp_path}/out"
    assert named["selected_samples"]["stopping_condition"]["n_samples"] == 5
    assert dataset == key_of_folder(f"{tmp_path}/in")
    assert overrides[:3] == tokens[:3] and not any("secret" in token for token in overrides)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == f"Report:       {tmp_path}/report.pdf"
    assert lines[-1].startswith(f"In Dagster:   DAGSTER_HOME={tmp_path}/home ")
    assert lines[-1].endswith(" ui   then open http://127.0.0.1:3000/runs/the-id")
    assert any(line.startswith("input") and "input samples" in line for line in lines)


def test_files_of_dictionaries_are_read_and_named_among_the_overrides(
    asked: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    (tmp_path / "s.yaml").write_text(
        "n_samples: 7\nstrategies:\n- input: {type: RANDOM}\n  strategy: {type: WEIGHTS}\n"
    )
    select(["input_dir=/in", "output_dir=/out"], {"selection_config": str(tmp_path / "s.yaml")})
    named, _, overrides = asked[0]
    assert named["selected_samples"]["n_samples"] == 7
    assert overrides == ["input_dir=/in", "output_dir=/out", f"--selection-config={tmp_path}/s.yaml"]


def test_the_name_of_the_dataset(asked: list[tuple[Any, ...]]) -> None:
    select(["input_dir=/in", "output_dir=/out", "dataset=mine"], {})
    select(["shared_dir=/shared", "embeddings=a/e.csv", "output_dir=/out"], {})
    assert [dataset for _, dataset, _ in asked] == ["mine", key_of_folder("/shared/a/e.csv")]


def test_how_the_ui_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setattr(module.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert _ui_command() == f"DAGSTER_HOME={tmp_path} winnow ui"
    monkeypatch.delenv("DAGSTER_HOME")
    assert _ui_command() == "winnow ui"
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setattr(module.sys, "executable", "/venv/bin/python")
    assert _ui_command() == "/venv/bin/winnow ui"
