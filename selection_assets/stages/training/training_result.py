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

TRAINING_VERSION = 2  # raise it whenever the same settings train another model
LAST = "last.ckpt"
EPOCH = "lightly_epoch_"  # then the number, from 0, and .ckpt
RESULT = "result.json"


def epoch_file(epoch: int) -> str:
    """Name of the checkpoint of an epoch, counted from 0."""
    return f"{EPOCH}{epoch}.ckpt"


def epoch_files(folder: Path) -> dict[int, Path]:
    """The epochs whose checkpoints lie in `folder`, in order."""
    found = {path.name.removeprefix(EPOCH).removesuffix(".ckpt"): path for path in folder.glob(f"{EPOCH}*.ckpt")}
    return {int(number): found[number] for number in sorted((n for n in found if n.isdecimal()), key=int)}


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
        best: name of the file that embeds: of the epoch with the smallest loss (among those that can be compared), or
            the last one if none was kept.
        kept: the epochs that `save_top_k` asked for, in order.
        epochs: in order.
        images: size of the dataset.
        batch_size: of each device, as it was used.
        device: cpu, or the number and name of the GPUs.
        threads: of the arithmetic on a CPU, on which the weights depend; 0 on GPUs.
    """

    folder: Path
    best: str
    kept: tuple[int, ...]
    epochs: tuple[EpochFigures, ...]
    images: int
    batch_size: int
    device: str
    threads: int
    precision: str

    @property
    def last_file(self) -> str:
        """Name of the last epoch's own file."""
        return epoch_file(len(self.epochs) - 1)

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


def training_figures(result: TrainingResult, source: str) -> dict[str, Any]:
    """What a report tells about a training, as plain values. source: on what, and starting from which weights."""
    return {
        "source": source,
        "checkpoint": result.best,
        "losses": [epoch.loss for epoch in result.epochs],
        "best_epoch": result.best_epoch,
        "images": result.images,
        "batch_size": result.batch_size,
        "device": result.device,
        "precision": result.precision,
        "seconds": result.seconds,
        "images_per_second": result.images_per_second,
        "loading_share": result.loading_share,
    }


def training_facts(result: TrainingResult) -> dict[str, Any]:
    """Figures and loss curve as plain values for JSON; `result_of` makes a `TrainingResult` of them again."""
    facts: dict[str, Any] = json.loads(json.dumps({**asdict(result), "folder": str(result.folder)}))
    return facts


def result_of(facts: Mapping[str, Any]) -> TrainingResult:
    """What `training_facts` was given. Raises ValueError for anything else."""
    try:
        epochs = tuple(EpochFigures(**epoch) for epoch in facts["epochs"])
        own = {"folder": Path(facts["folder"]), "kept": tuple(facts["kept"]), "epochs": epochs}
        return TrainingResult(**{**facts, **own})
    except (KeyError, TypeError) as error:
        raise ValueError(f"no facts of a training: {error}") from error


def write_result(result: TrainingResult) -> None:
    """Only now the training counts as finished."""
    write_text(result.folder / RESULT, json.dumps(training_facts(result), indent=1))


def read_result(folder: Path) -> TrainingResult | None:
    """The result in `folder`; None where no training has finished there, or its files are not there any more."""
    try:
        result = result_of({**json.loads((folder / RESULT).read_text(encoding="utf-8")), "folder": str(folder)})
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return result if (folder / result.best).is_file() and (folder / LAST).is_file() else None


def kept_checkpoints(result: TrainingResult, save_last: bool) -> list[Path]:
    """The files that belong to the user: of the best epochs; and if `save_last`, of the last epoch under its own name
    (unless no epoch's file was asked for) and as `last.ckpt`."""
    names = [epoch_file(epoch) for epoch in result.kept]
    if save_last:
        if names and result.last_file not in names:
            names.append(result.last_file)
        names.append(LAST)
    return [result.folder / name for name in names]
