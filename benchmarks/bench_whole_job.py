"""The whole job on 10,000 JPEGs of 1280 × 720 with the built-in model, from the command to the report.

    python -m benchmarks.bench_whole_job [number of pictures]

Needs about 1.7 GB in the folder for temporary files.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.bench_ingest import pictures

NUMBER = 10_000
ORIGINALS = 1_000
GOAL = 300.0  # images per second


def run(number: int = NUMBER) -> list[dict[str, Any]]:
    """One row: images per second of the whole run, and seconds per step in its text."""
    originals = pictures(min(number, ORIGINALS))
    with tempfile.TemporaryDirectory() as name:
        images = Path(name) / "images"
        images.mkdir()
        for index in range(number):  # a comment makes each file's content its own
            content, comment = originals[index % len(originals)].read_bytes(), f"picture {index}".encode()
            segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
            (images / f"{index:05d}.jpg").write_bytes(content[:2] + segment + content[2:])
        command = [
            str(Path(sys.executable).with_name("winnow")), "run", f"input_dir={images}", f"output_dir={name}/out",
            "stopping_condition.n_samples=0.1", "remove_exact_duplicates=False", "lightly.loader.batch_size=64",
        ]  # fmt: skip
        began = time.perf_counter()
        done = subprocess.run(
            command, env={**os.environ, "DAGSTER_HOME": f"{name}/home"}, check=True, capture_output=True, text=True
        )
        seconds = time.perf_counter() - began
        log = (Path(done.stdout.splitlines()[-1]) / "log.txt").read_text(encoding="utf-8")
    found = re.search(r"Seconds per step: (\{.*\})", log)
    steps = {name: round(took, 1) for name, took in json.loads(found[1]).items()} if found else {}
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
