"""The commands as a user meets them: start-up, orchestration, the run from an embeddings file, memory.

    python -m benchmarks.bench_command

Every figure is the median of whole processes. The old product's figures are those of its documentation.
"""

import csv
import io
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.inputs import write_copies, write_vectors
from benchmarks.winnow_run import ROOT, environment, winnow_run

ROUNDS = 5
OLD_PRODUCT_SECONDS = 29.0  # select 10 of 372 samples from an embeddings file, report included
SMALL_MODEL = ["lightly.model.name=resnet-9", "lightly.model.width=0.125", "lightly.model.num_ftrs=16"]


def run(sizes: tuple[int, int] = (1_000, 10_000)) -> list[dict[str, Any]]:
    """One row per figure: work, ours, peer, ratio (peer / ours), goal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        here = environment(ROOT) | {"DAGSTER_HOME": str(folder / "home")}
        start, location = (
            seconds([sys.executable, "-m", "selection_assets.command", "--help"], here),
            seconds([sys.executable, "-c", "import selection_assets.definitions"], here),
        )
        whole, orchestration = from_embeddings(folder)
        peaks = {count: peak_memory(folder, count) for count in sizes}
    rows = [
        ("winnow --help, seconds; peer: the goal of 1 s", start, 1.0, 1.0),
        ("loading the Dagster code location, seconds; peer: the goal of 3 s", location, 3.0, 1.0),
        ("select 100 of 372 × 32 from a CSV, report included, seconds; peer: the goal of 10 s", whole, 10.0, 1.0),
        ("the same; peer: the old product", whole, OLD_PRODUCT_SECONDS, 2.9),
        ("of these outside the steps (start, imports, events, tables), seconds; peer: the goal of 5 s",
         orchestration, 5.0, 1.0),
        (f"peak memory with {sizes[1]:,} images, MB; peer: with {sizes[0]:,} images",
         peaks[sizes[1]], peaks[sizes[0]], 0.8),
    ]  # fmt: skip
    return [
        {"work": work, "ours": ours, "peer": peer, "ratio": peer / ours, "goal": goal}
        for work, ours, peer, goal in rows
    ]


def seconds(command: list[str], variables: dict[str, str]) -> float:
    """Median wall time of the command, after one run that is not counted."""
    times = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        subprocess.run(command, env=variables, check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def from_embeddings(folder: Path) -> tuple[float, float]:
    """Wall time of the run from an embeddings file, and the part of it that no step took."""
    (folder / "shared").mkdir()
    write_vectors(folder / "shared" / "embeddings.csv", 372, 32)
    options = [f"shared_dir={folder}/shared", f"output_dir={folder}/out", "embeddings=embeddings.csv"]
    runs = [winnow_run([*options, "stopping_condition.n_samples=100"], folder / "home") for _ in range(ROUNDS + 1)][1:]
    outside = [run.seconds - sum(run.steps.values()) for run in runs]
    return statistics.median(run.seconds for run in runs), statistics.median(outside)


def peak_memory(folder: Path, count: int) -> float:
    """Largest resident memory of a run on `count` images and its children, in MB, from memlog.txt."""
    random = np.random.default_rng(1)
    sources = []
    for _ in range(100):
        coarse = Image.fromarray(random.integers(0, 256, (9, 16, 3), dtype=np.uint8))
        file = io.BytesIO()
        coarse.resize((640, 360), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        sources.append(file.getvalue())
    images = folder / f"images_{count}"
    write_copies(sources, images, count)
    run = winnow_run(
        [
            f"input_dir={images}",
            f"output_dir={folder}/out",
            "stopping_condition.n_samples=0.1",
            "remove_exact_duplicates=False",
            "lightly.loader.batch_size=64",
            *SMALL_MODEL,
        ],
        folder / "home",
    )
    with (run.folder / "memlog.txt").open() as file:
        return max(float(row["rss_mb"]) for row in csv.DictReader(file))


if __name__ == "__main__":
    from benchmarks.table import print_rows

    print_rows(run())
