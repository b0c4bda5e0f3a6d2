"""An epoch of self-supervised training on JPEGs of 1280 × 720: ours on thumbnails beside the `lightly` package's own.

    python -m benchmarks.bench_training [number of pictures]

Both train the same network with the same batch size, input size and augmentation on all cores of the machine; the
package decodes every original in every epoch, in one process per core. Our thumbnails are made before, by the check of
the images, which a run does anyway. Both take turns; the best epoch of each turn counts, the first one of a turn does
not, and the figures are medians over the turns. The default resnet-18 spends nearly all its
time in the network where there is no GPU; the small resnet-9 shows what the data cost.
"""

import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.bench_ingest import THUMBNAIL_SIZE, pictures
from benchmarks.package_training import package_training
from configs.stages.training import TrainingConfig, TrainingTrainerConfig
from resources.stores.local_store import LocalStore
from selection_assets.stages.checking.check_pool import check_images
from selection_assets.stages.models.architecture import Architecture

NUMBER = 1_000
FEW = 128  # for the default network, which takes more than a second per step on a CPU
EPOCHS = 3
ROUNDS = 3
BATCH_SIZE = 16
INPUT_SIZE = 64
GOAL = 3.0
LOADING_SHARE = 0.15
SMALL = Architecture("resnet-9", 0.125, 16)


def run(number: int = NUMBER) -> list[dict[str, Any]]:
    """Rows with images per second of an epoch, ours and the package's, and the share of loading in our steps."""
    rows = []
    for architecture, count, epochs in ((SMALL, number, EPOCHS), (Architecture(), min(FEW, number), 2)):
        files = pictures(count)
        with tempfile.TemporaryDirectory() as folder:
            turns = [
                (
                    _package(files, Path(folder) / f"package{turn}", architecture, epochs),
                    *_ours(files, Path(folder) / f"ours{turn}", architecture, epochs),
                )
                for turn in range(ROUNDS)
            ]
        theirs, ours, share = (median(values) for values in zip(*turns, strict=True))
        what = f"{architecture}, {count:,} JPEGs 1280×720, {INPUT_SIZE} px, batch {BATCH_SIZE}"
        rows += [
            {
                "work": f"one epoch, {what}; peer: the lightly package's training (images/s)",
                "ours": ours,
                "peer": theirs,
                "ratio": ours / theirs,
                "goal": GOAL,
            },
            {
                "work": f"share of an epoch in which the network waits for its views, {what}; peer: the limit",
                "ours": share,
                "peer": LOADING_SHARE,
                "ratio": LOADING_SHARE / share,
                "goal": 1.0,
            },
        ]
    return rows


def _package(files: list[Path], folder: Path, architecture: Architecture, epochs: int) -> float:
    options = {
        "model": {"name": architecture.name, "width": architecture.width, "num_ftrs": architecture.num_ftrs},
        "trainer": {"max_epochs": epochs, "gpus": 0, "enable_model_summary": False},
        "loader": {"batch_size": BATCH_SIZE},
        "collate": {"input_size": INPUT_SIZE},
    }
    seconds = package_training(files[0].parent, folder, options)
    return len(files) / min(seconds[1:])


def _ours(files: list[Path], folder: Path, architecture: Architecture, epochs: int) -> tuple[float, float]:
    """Images per second, and the share of loading, of the fastest epoch but the first."""
    from selection_assets.stages.training.train import train

    names = [file.name for file in files]
    jpegs, sizes = {}, []
    read = partial(LocalStore(files[0].parent).get, max_bytes=1 << 30)
    for checked in check_images(names, read, thumbnail_size=THUMBNAIL_SIZE, num_workers=2):
        assert checked.check.thumbnail is not None
        jpegs[checked.filename] = checked.check.thumbnail
        sizes.append((checked.check.thumbnail_width, checked.check.thumbnail_height))
    config = TrainingConfig(trainer=TrainingTrainerConfig(max_epochs=epochs, enable_model_summary=False))
    result = train(
        names,
        np.array(sizes),
        lambda keys: {key: jpegs[key] for key in keys},
        folder,
        architecture=architecture,
        config=config,
        batch_size=BATCH_SIZE,
        input_size=INPUT_SIZE,
    )
    best = min(result.epochs[1:], key=lambda epoch: epoch.seconds)
    return best.images / best.seconds, best.loading_seconds / best.seconds


if __name__ == "__main__":
    started = time.perf_counter()
    for row in run(int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER):
        sys.stdout.write(
            f"{row['work']}: ours {row['ours']:.3g}, peer {row['peer']:.3g}, ratio {row['ratio']:.2f}, "
            f"goal {row['goal']:g}\n"
        )
    sys.stdout.write(f"{time.perf_counter() - started:.0f} s\n")
