"""Reading, checking and thumbnailing 1,000 JPEGs of 1280 × 720: ours beside Pillow and cleanvision, on two cores.

    python -m benchmarks.bench_ingest [number of pictures]

All contenders run in turn, three rounds in one go, and the median counts, so a busy machine slows all of them.
Needs the packages of the dependency group `bench`. Pictures are made once and kept in the folder for temporary files.
"""

import contextlib
import hashlib
import io
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from resources.stores.local_store import LocalStore
from selection_assets.stages.checking.check_pool import check_images
from selection_assets.stages.checking.image_metrics import sharpness

NUMBER = 1_000
ROUNDS = 3
WIDTH, HEIGHT = 1280, 720
THUMBNAIL_SIZE = 128
PROCESSES = 2


def run(number: int = NUMBER) -> list[dict[str, Any]]:
    """Time all contenders; one row per comparison: work, ours and peer (images per second), ratio, goal."""
    files = pictures(number)
    contenders: dict[str, Callable[[list[Path]], None]] = {
        "ours": ours,
        "decode": partial(in_pool, full_decode),
        "decode, one process": one_process,
        "same work": partial(in_pool, same_work),
        "cleanvision": cleanvision,
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, contender in contenders.items():
            start = time.perf_counter()
            contender(files)
            seconds[name].append(time.perf_counter() - start)
    speed = {name: number / statistics.median(times) for name, times in seconds.items()}

    made = f"{number:,} JPEGs {WIDTH}×{HEIGHT}, check + hash + metrics + thumbnail, {PROCESSES} processes"
    rows = [
        (f"{made}; peer: cleanvision find_issues", "cleanvision", 10.0),
        (f"{made}; peer: Pillow full decode and nothing else, {PROCESSES} processes", "decode", 2.0),
        (f"{made}; peer: Pillow full decode and nothing else, 1 process", "decode, one process", 2.0),
        (f"{made}; peer: the same products with Pillow full decode, {PROCESSES} processes", "same work", None),
    ]
    return [
        {"work": work, "ours": speed["ours"], "peer": speed[peer], "ratio": speed["ours"] / speed[peer], "goal": goal}
        for work, peer, goal in rows
    ]


def pictures(number: int) -> list[Path]:
    """Paths of `number` JPEGs with texture at all scales and camera-like noise (80 to 360 kB each)."""
    folder = Path(tempfile.gettempdir()) / f"winnow-bench-ingest-{WIDTH}x{HEIGHT}-{number}"
    files = [folder / f"{n:05}.jpg" for n in range(number)]
    if not all(file.exists() for file in files):
        folder.mkdir(exist_ok=True)
        with multiprocessing.get_context("forkserver").Pool(PROCESSES) as pool:
            pool.map(write_picture, files, chunksize=10)
    return files


def write_picture(file: Path) -> None:
    rng = np.random.default_rng(int(file.stem))
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    strength, cells = 60.0, 3
    while cells < WIDTH:  # octaves of smooth noise, weaker as they get finer: the spectrum of natural pictures
        octave = rng.normal(0, 1, (max(2, cells * HEIGHT // WIDTH), cells, 3)).astype(np.float32)
        octave = 0.7 * octave.mean(axis=2, keepdims=True) + 0.3 * octave
        for channel in range(3):
            layer = Image.fromarray(octave[..., channel]).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
            pixels[..., channel] += strength * np.asarray(layer)
        strength, cells = strength * 0.62, cells * 2
    pixels += rng.normal(0, rng.uniform(1, 6), (HEIGHT, WIDTH, 1)) + rng.uniform(90, 160, 3)
    temporary = file.with_suffix(".tmp")
    quality = int(rng.integers(82, 93))
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(temporary, "JPEG", quality=quality)
    os.replace(temporary, file)  # noqa: PTH105


def ours(files: list[Path]) -> None:
    read = partial(LocalStore(files[0].parent).get, max_bytes=1 << 30)
    names = [file.name for file in files]
    for one in check_images(names, read, thumbnail_size=THUMBNAIL_SIZE, num_workers=PROCESSES):
        if not one.check.healthy:
            raise AssertionError(one)


def in_pool(work: Callable[[Path], object], files: list[Path]) -> None:
    with multiprocessing.get_context("forkserver").Pool(PROCESSES) as pool:
        for _ in pool.imap(work, files, chunksize=16):
            pass


def one_process(files: list[Path]) -> None:
    for file in files:
        full_decode(file)


def full_decode(file: Path) -> tuple[int, int]:
    with Image.open(file) as image:
        image.load()
        return image.size


def same_work(file: Path) -> tuple[str, float, float, bytes]:
    """Hash, full decode, sharpness, signal to noise, thumbnail: what one would write with Pillow and numpy."""
    data = file.read_bytes()
    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGB")
    short = min(image.size)
    width, height = image.size
    small = image.resize((width * THUMBNAIL_SIZE // short, height * THUMBNAIL_SIZE // short), Image.Resampling.BILINEAR)
    grey = np.asarray(image.convert("L").resize((width * 256 // short, height * 256 // short)))
    pixels = np.asarray(image)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=90, subsampling=0)
    noise = float(pixels.mean() / pixels.std())
    return hashlib.sha256(data).hexdigest(), sharpness(grey), noise, buffer.getvalue()


def cleanvision(files: list[Path]) -> None:
    from cleanvision import Imagelab

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        Imagelab(data_path=str(files[0].parent)).find_issues(n_jobs=PROCESSES)


def main() -> None:
    rows = run(int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER)
    out = sys.stdout
    out.write(f"{'ours/s':>9} {'peer/s':>9} {'ratio':>7} {'goal':>6}  work\n")
    for row in rows:
        goal = f"{row['goal']:.0f} ×" if row["goal"] else "-"
        out.write(f"{row['ours']:9.0f} {row['peer']:9.0f} {row['ratio']:6.2f}× {goal:>6}  {row['work']}\n")


if __name__ == "__main__":
    main()
