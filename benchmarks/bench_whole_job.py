"""The whole job on 10,000 JPEGs of 1280 × 720 with the built-in model, from the command to the report.

    python -m benchmarks.bench_whole_job [number of pictures]

Needs about 1.7 GB in the folder for temporary files.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.bench_ingest import pictures
from benchmarks.inputs import write_copies
from benchmarks.winnow_run import winnow_run

NUMBER = 10_000
ORIGINALS = 1_000
GOAL = 300.0  # images per second


def run(number: int = NUMBER) -> list[dict[str, Any]]:
    """One row: images per second of the whole run, and seconds per step in its text."""
    originals = pictures(min(number, ORIGINALS))
    with tempfile.TemporaryDirectory() as name:
        write_copies([file.read_bytes() for file in originals], Path(name) / "images", number)
        options = [
            f"input_dir={name}/images", f"output_dir={name}/out", "stopping_condition.n_samples=0.1",
            "remove_exact_duplicates=False", "lightly.loader.batch_size=64",
        ]  # fmt: skip
        done = winnow_run(options, Path(name) / "home")
    seconds = done.seconds
    steps = {name: round(took, 1) for name, took in done.steps.items()}
    longest = ", ".join(f"{name} {took} s" for name, took in sorted(steps.items(), key=lambda item: -item[1])[:4])
    return [
        {
            "work": f"whole job, {number:,} JPEGs 1280×720, built-in model (images/s; {longest}); peer: the goal",
            "ours": number / seconds,
            "peer": GOAL,
            "ratio": number / seconds / GOAL,
            "goal": 1.0,
        }
    ]


if __name__ == "__main__":
    for row in run(int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER):
        sys.stdout.write(f"{row['work']}: {row['ours']:.0f}, ratio {row['ratio']:.2f}\n")
