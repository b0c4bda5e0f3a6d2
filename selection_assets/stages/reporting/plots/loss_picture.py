"""The loss curve of a training: the file, and its bytes for people who look elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selection_assets.stages.reporting.helper_process import DRAWING
from selection_assets.stages.reporting.plots.plot import draw_into
from selection_assets.stages.reporting.plots.training_loss import LOSS_PLOT, draw_loss, loss_note, loss_title


def loss_picture(folder: Path, training: Mapping[str, Any]) -> bytes:
    """The PNG, also written to `folder`. training: `training_figures`, of which losses and best_epoch are drawn."""
    path, losses = folder / f"{LOSS_PLOT}.png", training["losses"]
    words = (loss_title(losses), loss_note(losses))
    DRAWING.submit(draw_into, path, draw_loss, *words, losses, training["best_epoch"]).result()
    return path.read_bytes()
