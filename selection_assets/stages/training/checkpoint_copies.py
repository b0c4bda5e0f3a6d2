"""The checkpoints that a user gets of a training, and second names for files that need no second space."""

import os
import shutil
from pathlib import Path

from resources.atomic_file import atomic_path
from selection_assets.stages.training.training_result import LAST, TrainingResult, kept_checkpoints


def link_or_copy(source: Path, target: Path) -> None:
    """`target` becomes another name of the file `source`, or a copy where the file system knows no hard links."""
    with atomic_path(target) as temporary:
        temporary.unlink()
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)


def copy_checkpoints(result: TrainingResult, folder: Path, save_last: bool) -> list[Path]:
    """Copy what belongs to the user into `folder`; the paths there, in the order of `kept_checkpoints`.

    Copies, since the state of a training must not change with what a user does to his files. `last.ckpt` and the last
    epoch's own file hold the same: the second of them is a hard link to the first.
    """
    made: list[Path] = []
    for file in kept_checkpoints(result, save_last):
        target = folder / file.name
        before = next((path for path in made if file.name == LAST and path.name == result.last_file), None)
        if before is not None:
            link_or_copy(before, target)
        else:
            with atomic_path(target) as temporary:
                shutil.copyfile(file, temporary)
        made.append(target)
    return made
