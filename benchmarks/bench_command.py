"""The commands as a user meets them: start-up, orchestration, the run from an embeddings file, memory.

    python -m benchmarks.bench_command

Every figure is the median of whole processes. The old product's figures are those of its documentation.
"""

import csv
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROUNDS = 5
OLD_PRODUCT_SECONDS = 29.0  # select 10 of 372 samples from an embeddings file, report included
SMALL_MODEL = ["lightly.model.name=resnet-9", "lightly.model.width=0.125", "lightly.model.num_ftrs=16"]
WINNOW = str(Path(sys.executable).with_name("winnow"))


def run() -> list[dict[str, Any]]:
    """One row per figure: work, ours, peer, ratio (peer / ours), goal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "DAGSTER_HOME": str(folder / "home")}
        start, location = (
            seconds([WINNOW, "--help"], environment),
            seconds([sys.executable, "-c", "import selection_assets.definitions"], environment),
        )
        whole, orchestration = from_embeddings(folder, environment)
        peaks = {count: peak_memory(folder, count, environment) for count in (1_000, 10_000)}
    rows = [
        ("winnow --help, seconds; peer: the goal of 1 s", start, 1.0, 1.0),
        ("loading the Dagster code location, seconds; peer: the goal of 3 s", location, 3.0, 1.0),
        ("select 100 of 372 × 32 from a CSV, report included, seconds; peer: the goal of 10 s", whole, 10.0, 1.0),
        ("the same; peer: the old product", whole, OLD_PRODUCT_SECONDS, 2.9),
        ("of these outside the steps (start, imports, events, tables), seconds; peer: the goal of 5 s",
         orchestration, 5.0, 1.0),
        ("peak memory with 10,000 images, MB; peer: with 1,000 images", peaks[10_000], peaks[1_000], 0.8),
    ]  # fmt: skip
    return [
        {"work": work, "ours": ours, "peer": peer, "ratio": peer / ours, "goal": goal}
        for work, ours, peer, goal in rows
    ]


def seconds(command: list[str], environment: dict[str, str]) -> float:
    """Median wall time of the command, after one run that is not counted."""
    times = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:])


def from_embeddings(folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Wall time of the run from an embeddings file, and the part of it that no step took."""
    random = np.random.default_rng(0)
    vectors = (random.normal(size=(6, 32))[random.integers(0, 6, 372)] + 0.5 * random.normal(size=(372, 32))).tolist()
    (folder / "shared").mkdir()
    with (folder / "shared" / "embeddings.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["filenames", *(f"embedding_{i}" for i in range(32)), "labels"])
        writer.writerows([f"a/{row:04d}.jpg", *vector, 0] for row, vector in enumerate(vectors))
    command = [WINNOW, "run", f"shared_dir={folder}/shared", f"output_dir={folder}/out", "embeddings=embeddings.csv"]
    whole, outside = [], []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        done = subprocess.run(
            [*command, "stopping_condition.n_samples=100"], env=environment, check=True, capture_output=True, text=True
        )
        whole.append(time.perf_counter() - began)
        log = (Path(done.stdout.splitlines()[-1]) / "log.txt").read_text(encoding="utf-8")
        found = re.search(r"Seconds per step: (\{.*\})", log)
        assert found, "log.txt tells no timings"
        outside.append(whole[-1] - sum(json.loads(found[1]).values()))
    return statistics.median(whole[1:]), statistics.median(outside[1:])


def peak_memory(folder: Path, count: int, environment: dict[str, str]) -> float:
    """Largest resident memory of a run on `count` images and its children, in MB, from memlog.txt."""
    images = folder / f"images_{count}"
    images.mkdir()
    random = np.random.default_rng(1)
    sources = []
    for _ in range(100):
        coarse = Image.fromarray(random.integers(0, 256, (9, 16, 3), dtype=np.uint8))
        coarse.resize((640, 360), Image.Resampling.BICUBIC).save(images / "source.jpg", quality=90)
        sources.append((images / "source.jpg").read_bytes())
    (images / "source.jpg").unlink()
    for index in range(count):  # a comment makes each file's content its own
        source, comment = sources[index % len(sources)], f"picture {index}".encode()
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        (images / f"{index:05d}.jpg").write_bytes(source[:2] + segment + source[2:])
    done = subprocess.run(
        [
            WINNOW,
            "run",
            f"input_dir={images}",
            f"output_dir={folder}/out",
            "stopping_condition.n_samples=0.1",
            "remove_exact_duplicates=False",
            "lightly.loader.batch_size=64",
            *SMALL_MODEL,
        ],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    with (Path(done.stdout.splitlines()[-1]) / "memlog.txt").open() as file:
        return max(float(row["rss_mb"]) for row in csv.DictReader(file))


if __name__ == "__main__":
    from benchmarks.table import print_rows

    print_rows(run())
