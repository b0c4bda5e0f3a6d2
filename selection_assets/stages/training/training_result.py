"""What a training is known by, and what it leaves behind: the key of its folder, and its result.

Nothing here needs torch: assets and reports use it too.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from resources.atomic_file import write_text

TRAINING_VERSION = 1  # raise it whenever the same settings train another model
LAST = "last.ckpt"
EPOCH = "lightly_epoch_"  # then the number, from 0, and .ckpt
RESULT = "result.json"


@dataclass(frozen=True)
class EpochFigures:
    """One epoch: mean loss, seconds in all and of them waiting for and making views, images seen."""

    loss: float
    seconds: float
    loading_seconds: float
    images: int


@dataclass(frozen=True)
class TrainingResult:
    """A finished training.

    Attributes:
        folder: with `last.ckpt` and the `lightly_epoch_X.ckpt` that were asked for, X counted from 0.
        best: name of the file that embeds: the epoch with the smallest loss, or the last one if none was kept.
        epochs: in order.
        images: size of the dataset.
        batch_size: of each device, as it was used.
        device: cpu, or the number and name of the GPUs.
    """

    folder: Path
    best: str
    epochs: tuple[EpochFigures, ...]
    images: int
    batch_size: int
    device: str
    precision: str

    @property
    def best_epoch(self) -> int:
        """Of the file `best`, counted from 0."""
        return len(self.epochs) - 1 if self.best == LAST else int(self.best.removeprefix(EPOCH).partition(".")[0])

    @property
    def seconds(self) -> float:
        return sum(epoch.seconds for epoch in self.epochs)

    @property
    def images_per_second(self) -> float:
        return sum(epoch.images for epoch in self.epochs) / max(self.seconds, 1e-9)

    @property
    def loading_share(self) -> float:
        """Share of the time in which the model waited for views or they were made."""
        return sum(epoch.loading_seconds for epoch in self.epochs) / max(self.seconds, 1e-9)


def training_key(settings: Mapping[str, Any], content: Iterable[str]) -> str:
    """Equal keys mean equal trainings: everything that changes the weights, and the keys of all images in order."""
    digest = hashlib.sha256(f"{TRAINING_VERSION}{json.dumps(settings, sort_keys=True)}".encode())
    for key in content:
        digest.update(key.encode() + b"\0")
    return digest.hexdigest()[:24]


def write_result(result: TrainingResult) -> None:
    write_text(result.folder / RESULT, json.dumps({**asdict(result), "folder": ""}, indent=1))


def read_result(folder: Path) -> TrainingResult | None:
    """The result in `folder`; None where no training has finished there, or its files are not there any more."""
    try:
        values = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    epochs = tuple(EpochFigures(**epoch) for epoch in values["epochs"])
    result = TrainingResult(**{**values, "folder": folder, "epochs": epochs})
    return result if (folder / result.best).is_file() and (folder / LAST).is_file() else None


def kept_checkpoints(result: TrainingResult, save_last: bool) -> list[Path]:
    """The files that belong to the user: of the best epochs, and the last one if it was asked for."""
    best = sorted(result.folder.glob(f"{EPOCH}*.ckpt"))
    return [*best, result.folder / LAST] if save_last else best
