"""How Lightning's checkpoints are written and read: whole or not at all, and weights only.

This module imports Lightning: import it inside the functions that use it.
"""

from pathlib import Path
from typing import Any

import torch
from pytorch_lightning.plugins.io import TorchCheckpointIO

from resources.atomic_file import atomic_path
from selection_assets.stages.models.checkpoint_archive import check_archive


class WholeFiles(TorchCheckpointIO):
    """A training that is killed while it writes leaves the checkpoint before."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        with atomic_path(Path(path)) as temporary:
            torch.save(checkpoint, temporary)

    def load_checkpoint(self, path: Any, map_location: Any = "cpu", weights_only: bool | None = True) -> dict[str, Any]:
        return read_checkpoint(Path(path))


def read_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint of our own training, on the CPU: tensors, numbers, text and their containers, nothing that runs.

    Raises InputError where its checksums say that it is not what was written.
    """
    check_archive(path)
    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return content
