import errno
import os
from pathlib import Path

import pytest

from selection_assets.stages.training.checkpoint_copies import copy_checkpoints, link_or_copy
from selection_assets.stages.training.training_result import EpochFigures, TrainingResult


@pytest.fixture
def result(tmp_path: Path) -> TrainingResult:
    folder = tmp_path / "state"
    folder.mkdir()
    for name, content in (("lightly_epoch_0.ckpt", b"best"), ("lightly_epoch_2.ckpt", b"last"), ("last.ckpt", b"last")):
        (folder / name).write_bytes(content)
    epoch = EpochFigures(1.0, 1.0, 0.0, 8)
    return TrainingResult(folder, "lightly_epoch_0.ckpt", (0,), (epoch,) * 3, 8, 4, "cpu", 1, "32")


def test_the_last_epoch_and_last_ckpt_are_one_file(result: TrainingResult, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    made = copy_checkpoints(result, folder, save_last=True)
    assert [path.name for path in made] == ["lightly_epoch_0.ckpt", "lightly_epoch_2.ckpt", "last.ckpt"]
    assert [path.read_bytes() for path in made] == [b"best", b"last", b"last"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in made)
    assert made[1].samefile(made[2])
    assert made[0].stat().st_nlink == 1
    assert not any(path.samefile(result.folder / path.name) for path in made)  # the state is nobody else's
    assert copy_checkpoints(result, folder, save_last=True) == made  # again, over the first ones
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in made)


def test_without_the_last_one(result: TrainingResult, tmp_path: Path) -> None:
    made = copy_checkpoints(result, tmp_path / "out", save_last=False)
    assert [path.name for path in made] == ["lightly_epoch_0.ckpt"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["lightly_epoch_0.ckpt"]


def test_a_file_system_without_hard_links(
    result: TrainingResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    made = copy_checkpoints(result, tmp_path / "out", save_last=True)
    assert made[2].read_bytes() == b"last"
    assert not made[1].samefile(made[2])


def test_a_link_replaces_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "b").write_bytes(b"old")
    for _ in range(2):
        link_or_copy(tmp_path / "a", tmp_path / "b")
        assert (tmp_path / "b").samefile(tmp_path / "a")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    (tmp_path / "a").unlink()
    assert (tmp_path / "b").read_bytes() == b"new"
