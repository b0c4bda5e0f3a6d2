from pathlib import Path

import pytest

from selection_assets.stages.training.training_result import (
    EpochFigures,
    TrainingResult,
    kept_checkpoints,
    read_result,
    training_key,
    write_result,
)


def result(folder: Path, best: str = "lightly_epoch_1.ckpt") -> TrainingResult:
    epochs = (EpochFigures(2.5, 2.0, 0.5, 30), EpochFigures(2.0, 1.0, 0.1, 30), EpochFigures(2.25, 1.0, 0.2, 30))
    return TrainingResult(folder, best, epochs, images=32, batch_size=10, device="cpu", precision="32")


def test_figures(tmp_path: Path) -> None:
    made = result(tmp_path)
    assert made.best_epoch == 1
    assert made.seconds == 4
    assert made.images_per_second == 22.5
    assert made.loading_share == pytest.approx(0.2)
    assert result(tmp_path, "last.ckpt").best_epoch == 2


def test_a_result_is_found_again_while_its_files_are_there(tmp_path: Path) -> None:
    made = result(tmp_path)
    assert read_result(tmp_path) is None
    write_result(made)
    assert read_result(tmp_path) is None
    for name in ("lightly_epoch_1.ckpt", "last.ckpt"):
        (tmp_path / name).write_bytes(b"")
    assert read_result(tmp_path) == made
    (tmp_path / "result.json").write_text("{", encoding="utf-8")
    assert read_result(tmp_path) is None


def test_what_the_user_gets(tmp_path: Path) -> None:
    for name in ("lightly_epoch_1.ckpt", "lightly_epoch_2.ckpt", "last.ckpt", "result.json"):
        (tmp_path / name).write_bytes(b"")
    names = [path.name for path in kept_checkpoints(result(tmp_path), save_last=False)]
    assert names == ["lightly_epoch_1.ckpt", "lightly_epoch_2.ckpt"]
    assert kept_checkpoints(result(tmp_path), save_last=True)[2:] == [tmp_path / "last.ckpt"]


def test_the_key_tells_trainings_apart() -> None:
    keys = {
        training_key({"lr": 1, "seed": 1}, ["a", "b"]),
        training_key({"lr": 1, "seed": 2}, ["a", "b"]),
        training_key({"lr": 1, "seed": 1}, ["b", "a"]),
        training_key({"lr": 1, "seed": 1}, ["ab"]),
        training_key({"lr": 1, "seed": 1}, ["a"]),
    }
    assert len(keys) == 5
    assert training_key({"seed": 1, "lr": 1}, iter(["a", "b"])) in keys
