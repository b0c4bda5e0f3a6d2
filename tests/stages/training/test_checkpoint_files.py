import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from configs.errors import InputError
from selection_assets.stages.training.checkpoint_files import WholeFiles, read_checkpoint


def test_a_checkpoint_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "last.ckpt"
    path.parent.mkdir()
    WholeFiles().save_checkpoint({"weights": torch.arange(3), "epoch": 2, "names": ["a"]}, path)
    for found in (read_checkpoint(path), WholeFiles().load_checkpoint(path)):
        assert (found["weights"].tolist(), found["epoch"], found["names"]) == ([0, 1, 2], 2, ["a"])
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_nothing_in_a_checkpoint_runs(tmp_path: Path) -> None:
    class Runs:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "has run",)

    torch.save({"weights": Runs()}, tmp_path / "last.ckpt")
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        read_checkpoint(tmp_path / "last.ckpt")
    assert not (tmp_path / "has run").exists()


def test_a_checkpoint_that_is_not_what_was_written(tmp_path: Path) -> None:
    torch.save({"weights": torch.zeros(1000)}, tmp_path / "last.ckpt")
    content = bytearray((tmp_path / "last.ckpt").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "last.ckpt").write_bytes(content)
    with pytest.raises(InputError, match=r"last\.ckpt"):
        read_checkpoint(tmp_path / "last.ckpt")
