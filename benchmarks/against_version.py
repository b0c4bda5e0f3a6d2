"""This version beside another one: run both in turn on the same pictures and vectors, print medians and their ratios.

    python -m benchmarks.against_version /path/to/other/checkout [--rounds 5]

The other checkout (`git worktree add /tmp/before TAG`) runs with this environment's packages and its own code. Every
run has a state folder of its own, so nothing is remembered; a first round, which compiles, does not count. A ratio
above 1: this version takes longer.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.bench_ingest import pictures
from benchmarks.inputs import write_vectors
from benchmarks.table import machine
from benchmarks.winnow_run import ROOT, WinnowRun, winnow_run

PICTURES = 500  # JPEGs of 1280 × 720
SMALL, LARGE = (372, 32, 100), (20_000, 32, 2_000)  # samples, dimensions, picks
LIMIT = 1.05


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 where a median is worse than the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against_version", description=__doc__.splitlines()[0])
    parser.add_argument("other", type=Path, help="checkout of the other version")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: %(default)s)")
    parser.add_argument("--pictures", type=int, default=PICTURES, help="JPEGs of 720p (default: %(default)s)")
    options = parser.parse_args(arguments)
    other = options.other.resolve()
    if not (other / "selection_assets").is_dir():
        parser.error(f"{other} is no checkout of Winnow")
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory(prefix="winnow-against-") as folder:
        found = measured(Path(folder), other, options.rounds, options.pictures)
    print("\n| seconds, medians | this | other | ratio | highest ratio of a round |")
    print("| --- | ---: | ---: | ---: | ---: |")
    worst = 0.0
    for figure, rounds in found.items():
        this, before = (statistics.median(times) for times in zip(*rounds, strict=True))
        worst = max(worst, this / before)
        highest = max(mine / theirs for mine, theirs in rounds)
        print(f"| {figure} | {this:.3f} | {before:.3f} | {this / before:.3f} | {highest:.3f} |")
    print(f"\nworst ratio {worst:.3f}, limit {LIMIT}: {'held' if worst <= LIMIT else 'NOT held'}")
    return int(worst > LIMIT)


def measured(folder: Path, other: Path, rounds: int, count: int) -> dict[str, list[tuple[float, float]]]:
    """(this, other) in seconds, by figure and round."""
    images = pictures(count)[0].parent
    jobs: dict[str, tuple[list[str], dict[str, Callable[[WinnowRun], float]]]] = {
        "pictures": (
            [f"input_dir={images}", "stopping_condition.n_samples=0.3"],
            {
                f"whole job, {count} JPEGs of 720p": lambda run: run.seconds,
                "its checking": lambda run: run.steps["checked_samples"],
                "its embedding": lambda run: run.steps["embeddings"],
            },
        ),
        "small": (
            vectors(folder, *SMALL),
            {f"run from an embeddings file, {SMALL[0]} × {SMALL[1]}": lambda run: run.seconds},
        ),
        "large": (
            vectors(folder, *LARGE),
            {f"selection, {LARGE[2]:,} of {LARGE[0]:,} × {LARGE[1]}": lambda run: run.steps["selected_samples"]},
        ),
    }
    found: dict[str, list[tuple[float, float]]] = {}
    for round_ in range(rounds + 1):
        for job, (arguments, figures) in jobs.items():
            runs = {}
            for checkout in (ROOT, other) if round_ % 2 else (other, ROOT):
                place = folder / f"{job}-{round_}-{'this' if checkout == ROOT else 'other'}"
                runs[checkout] = winnow_run([*arguments, f"output_dir={place}/out"], place / "home", checkout)
            for name, figure in figures.items() if round_ else ():
                found.setdefault(name, []).append((figure(runs[ROOT]), figure(runs[other])))
                print(f"round {round_}: {name}: {figure(runs[ROOT]):.3f} and {figure(runs[other]):.3f} s", flush=True)
    return found


def vectors(folder: Path, samples: int, dimensions: int, picks: int) -> list[str]:
    """Options of a run on an embeddings file, which is written into the folder."""
    write_vectors(folder / f"{samples}.csv", samples, dimensions)
    return [f"shared_dir={folder}", f"embeddings={samples}.csv", f"stopping_condition.n_samples={picks}"]


if __name__ == "__main__":
    sys.exit(main())
