import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from selection_assets.stages.reporting.facts.report_facts import Training
from selection_assets.stages.training.training_result import (
    EpochFigures,
    TrainingResult,
    epoch_file,
    epoch_files,
    kept_checkpoints,
    read_result,
    result_of,
    training_facts,
    training_figures,
    training_key,
    write_result,
)


def result(folder: Path, best: str = "lightly_epoch_1.ckpt") -> TrainingResult:
    epochs = (EpochFigures(2.5, 2.0, 0.5, 30), EpochFigures(2.0, 1.0, 0.1, 30), EpochFigures(2.25, 1.0, 0.2, 30))
    return TrainingResult(folder, best, (1,), epochs, images=32, batch_size=10, device="cpu", threads=2, precision="32")


def test_figures(tmp_path: Path) -> None:
    made = result(tmp_path)
    assert made.best_epoch == 1
    assert made.seconds == 4
    assert made.images_per_second == 22.5
    assert made.loading_share == pytest.approx(0.2)
    assert result(tmp_path, "last.ckpt").best_epoch == 2


def test_figures_of_a_moment_and_of_no_time(tmp_path: Path) -> None:
    short = replace(result(tmp_path), epochs=(EpochFigures(2.0, 0.25, 0.125, 30),))
    assert (short.images_per_second, short.loading_share) == (120.0, 0.5)
    none = replace(result(tmp_path), epochs=())
    assert (none.images_per_second, none.loading_share) == (0.0, 0.0)


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
    def names(kept: tuple[int, ...], save_last: bool) -> list[str]:
        files = kept_checkpoints(replace(result(tmp_path), kept=kept), save_last)
        assert {file.parent for file in files} == {tmp_path}
        return [file.name for file in files]

    assert names((1,), True) == ["lightly_epoch_1.ckpt", "lightly_epoch_2.ckpt", "last.ckpt"]
    assert names((1,), False) == ["lightly_epoch_1.ckpt"]
    assert names((0, 2), True) == ["lightly_epoch_0.ckpt", "lightly_epoch_2.ckpt", "last.ckpt"]
    assert names((0, 2), False) == ["lightly_epoch_0.ckpt", "lightly_epoch_2.ckpt"]
    assert names((), True) == ["last.ckpt"]


def test_the_files_of_epochs_are_told_by_their_numbers(tmp_path: Path) -> None:
    for name in ("lightly_epoch_10.ckpt", "lightly_epoch_9.ckpt", "lightly_epoch_x.ckpt", "last.ckpt"):
        (tmp_path / name).write_bytes(b"")
    assert epoch_files(tmp_path) == {9: tmp_path / epoch_file(9), 10: tmp_path / epoch_file(10)}
    assert list(epoch_files(tmp_path)) == [9, 10]


def test_figures_are_plain_values_that_a_report_takes(tmp_path: Path) -> None:
    figures = training_figures(result(tmp_path), "trained on 30 images")
    assert figures == json.loads(json.dumps(figures))
    assert (figures["source"], figures["checkpoint"]) == ("trained on 30 images", "lightly_epoch_1.ckpt")
    assert figures["losses"] == [2.5, 2.0, 2.25]
    assert figures["images_per_second"] == 22.5
    assert figures.keys() == {field.name for field in fields(Training)}


def test_facts_are_plain_values_and_lead_back(tmp_path: Path) -> None:
    facts = training_facts(result(tmp_path))
    assert facts == json.loads(json.dumps(facts))
    assert facts["epochs"][1] == {"loss": 2.0, "seconds": 1.0, "loading_seconds": 0.1, "images": 30}
    assert (facts["best"], facts["kept"], facts["threads"]) == ("lightly_epoch_1.ckpt", [1], 2)
    assert result_of(facts) == result(tmp_path)
    for damaged in ({}, {**facts, "more": 1}, {**facts, "epochs": [{"loss": 1}]}, {**facts, "kept": None}):
        with pytest.raises(ValueError, match="no facts of a training"):
            result_of(damaged)


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
