from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from configs.stages.training import TrainingConfig
from selection_assets.stages.training.epoch_files import EpochFiles
from selection_assets.stages.training.loss_curve import LossCurve

LOSSES = [3.0, 1.0, 2.0, 5.0]


def files_after(folder: Path, save_top_k: int, *, images: int = 8, bank_size: int = 0, first: bool = True) -> list[str]:
    """Names in the folder after four epochs."""
    curve = LossCurve(TrainingConfig())
    files = EpochFiles(folder, curve, save_top_k=save_top_k, bank_size=bank_size)
    for epoch, loss in enumerate(LOSSES):
        curve.epochs.append({"loss": loss, "seconds": 1.0, "loading_seconds": 0.0, "images": images})
        trainer: Any = SimpleNamespace(
            current_epoch=epoch,
            is_global_zero=first,
            world_size=1,
            save_checkpoint=lambda path, content=f"epoch {epoch}": path.write_text(content),
        )
        files.on_train_epoch_end(trainer, None)  # type: ignore[arg-type]
        if first:
            assert (folder / "last.ckpt").read_text() == f"epoch {epoch}"
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("save_top_k", "epochs"),
    [(0, []), (1, [1, 3]), (2, [1, 2, 3]), (3, [0, 1, 2, 3]), (4, [0, 1, 2, 3]), (-1, [0, 1, 2, 3])],
)
def test_the_best_and_the_last_stay(tmp_path: Path, save_top_k: int, epochs: list[int]) -> None:
    assert files_after(tmp_path, save_top_k) == ["last.ckpt", *(f"lightly_epoch_{epoch}.ckpt" for epoch in epochs)]
    if epochs:
        assert (tmp_path / "last.ckpt").samefile(tmp_path / "lightly_epoch_3.ckpt")
        assert (tmp_path / "lightly_epoch_1.ckpt").read_text() == "epoch 1"


def test_only_epochs_with_a_full_memory_bank_are_compared(tmp_path: Path) -> None:
    # After two epochs 16 images were seen: epochs 2 and 3 count.
    assert files_after(tmp_path, 1, bank_size=16) == ["last.ckpt", "lightly_epoch_2.ckpt", "lightly_epoch_3.ckpt"]


def test_other_processes_only_take_part_in_writing(tmp_path: Path) -> None:
    assert files_after(tmp_path, 1, first=False) == [f"lightly_epoch_{epoch}.ckpt" for epoch in range(4)]
