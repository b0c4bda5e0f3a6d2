import argparse
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from selection_assets.command import demo
from selection_assets.command import run as run_module


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Tokens of every run; pictures that were made."""
    seen: list[Any] = []
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run_module, "select", lambda tokens, files: seen.append((tokens, files)) or Path("/runs/r"))

    def generate(folder: Path) -> Any:
        seen.append(folder)
        folder.mkdir(exist_ok=True)
        (folder / "planted.json").write_text("{}")
        return SimpleNamespace(
            files=1, images=folder / "images", exact_duplicates=2, near_duplicates=3, burst_frames=4, broken=5
        )

    monkeypatch.setattr("selection_assets.demo_dataset.generate", generate)
    return seen


def demonstrate(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    demo.add_to(parser.add_subparsers())
    options = parser.parse_args(["demo", *arguments])
    code: int = options.command(options)
    return code


def test_pictures_are_made_once(started: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    tokens = [
        f"input_dir={folder}/images",
        f"output_dir={folder}/runs",
        "stopping_condition.n_samples=0.3",
        "dataset=demo",
    ]
    assert demonstrate() == demonstrate("a=1") == 0
    assert started == [folder, (tokens, {}), ([*tokens, "a=1"], {})]
    assert os.environ["DAGSTER_HOME"] == str(folder / "home")
    assert capsys.readouterr().out.splitlines() == [
        "Generating the demo pictures...",
        f"1 files in {folder}/images, among them 2 exact copies, 3 near duplicates, 4 frames of a parked camera, 5 "
        "broken files (planted.json lists them).",
        "Run folder:   /runs/r",
        "Run folder:   /runs/r",
    ]


def test_a_folder_of_the_users(started: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "/home/of/dagster")
    assert demonstrate("--input", "/pictures", "--folder", "out") == 0
    assert started == [
        (["input_dir=/pictures", f"output_dir={tmp_path}/out/runs", "stopping_condition.n_samples=0.3"], {})
    ]
    assert os.environ["DAGSTER_HOME"] == "/home/of/dagster"
