"""Selection side by side with the former product's own engine and with plain loops.

    python -m benchmarks.bench_selection            all comparisons: interleaved, medians of five, or one round
                                                    where the peer takes more than half a minute
    python -m benchmarks.bench_selection scale      a million rows: time and memory, no peer is fast enough
    python -m benchmarks.bench_selection float64    the picks beside those of a NumPy loop in float64, once
    python -m benchmarks.bench_selection <words>    those whose name holds one of the words

Peers that are not installed are left out: lightly-mundig, fpsample, torch-quickfps.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.selection_peers import (
    Vectors,
    blas_loop,
    installed,
    mundig_diversity,
    ours_diversity,
    pictures,
    radius,
    sphere,
)
from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.weights import Weights
from selection_assets.stages.selection.distances.nearest_selected import NearestSelected
from selection_assets.stages.selection.distances.neighbors import neighbor_distances
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.request import Goal, SelectionRequest
from selection_assets.stages.selection.goals.typicality import typicality

ROUNDS = 5
PAUSE = 0.3  # seconds; threads of some peers go on spinning for a while, which would slow whoever comes next
PATIENCE = 30.0  # seconds; a peer slower than this runs once


def compare(
    work: str,
    goal: float,
    ours: Callable[[], Any],
    peer: Callable[[], Any],
    note: Callable[[Any, Any, float], str],
    rounds: int,
) -> dict[str, Any]:
    """Both in turn, `rounds` times; medians, and a note on what the last two results have in common."""
    times: tuple[list[float], list[float]] = ([], [])
    results: list[Any] = [None, None]
    for _ in range(rounds):
        for place, call in enumerate((ours, peer)):
            time.sleep(PAUSE)
            started = time.perf_counter()
            results[place] = call()
            times[place].append(time.perf_counter() - started)
        if times[1][-1] > PATIENCE:
            break
    a, b = median(times[0]), median(times[1])
    return {"work": work, "ours": a, "peer": b, "ratio": b / a, "goal": goal, "note": note(results[0], results[1], a)}


def _same(x: Vectors, k: int) -> Callable[[Any, Any, float], str]:
    def note(ours: tuple[list[int], NearestSelected], theirs: list[int], seconds: float) -> str:
        order, state = ours
        share = state.distances_computed / (len(x) * k)
        speed = 2 * x.shape[1] * state.distances_computed / seconds / 1e9
        same = np.mean(np.asarray(order) == np.asarray(theirs))
        radii = f"{radius(x, order):.4f}/{radius(x, theirs):.4f}"
        return f"{share:.0%} of N·K computed, {speed:.0f} GFLOP/s, {same:.0%} same picks, radius {radii}"

    return note


DIVERSITY = ((100_000, 512, 500), (100_000, 128, 1_000), (100_000, 128, 10_000), (500_000, 128, 1_000))


def diversity_cases(rounds: int) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for n, d, k in DIVERSITY:
        for make in (pictures, sphere):
            name = f"diversity {make.__name__} {n // 1000}k×{d} K={k}"

            def against_mundig(
                n: int = n, d: int = d, k: int = k, make: Any = make, name: str = name
            ) -> dict[str, Any]:
                x = make(n, d)
                return compare(
                    f"{name} / lightly-mundig", 20, lambda: ours_diversity(x, k), lambda: mundig_diversity(x, k),
                    _same(x, k), rounds,
                )  # fmt: skip

            def against_blas(n: int = n, d: int = d, k: int = k, make: Any = make, name: str = name) -> dict[str, Any]:
                x = make(n, d)
                return compare(
                    f"{name} / NumPy loop", 10, lambda: ours_diversity(x, k), lambda: blas_loop(x, k),
                    _same(x, k), rounds,
                )  # fmt: skip

            yield f"{name} / NumPy loop", against_blas
            if installed("lightly_mundig"):
                yield f"{name} / lightly-mundig", against_mundig


def float64_cases() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for n, d, k in DIVERSITY:
        for make in (pictures, sphere):
            name = f"diversity {make.__name__} {n // 1000}k×{d} K={k} / float64 NumPy loop"

            def case(n: int = n, d: int = d, k: int = k, make: Any = make, name: str = name) -> dict[str, Any]:
                x = make(n, d)
                exact = x.astype(np.float64)
                return compare(
                    name, 10, lambda: ours_diversity(x, k), lambda: blas_loop(exact, k), _same(x, k), rounds=1
                )

            yield name, case


def point_sampling_cases(rounds: int) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    n, d, k = 20_000, 128, 1_000

    def fpsample() -> dict[str, Any]:
        x, peer = pictures(n, d), import_module("fpsample")
        theirs = lambda: peer.fps_sampling(x, k, start_idx=0).tolist()  # noqa: E731
        return compare("20k×128 K=1000 / fpsample", 40, lambda: ours_diversity(x, k), theirs, _same(x, k), rounds)

    def quickfps() -> dict[str, Any]:
        import torch

        x, peer = pictures(n, d), import_module("torch_quickfps")
        points = torch.from_numpy(x)[None]

        def theirs() -> list[int]:
            order: list[int] = peer.sample_idx(points, k, start_idx=0)[0].tolist()
            return order

        return compare("20k×128 K=1000 / torch-quickfps", 40, lambda: ours_diversity(x, k), theirs, _same(x, k), rounds)

    for name, case in (("fpsample", fpsample), ("torch_quickfps", quickfps)):
        if installed(name):
            yield f"20k×128 K=1000 / {name}", case


def min_distance_cases(rounds: int) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for n in (50_000, 200_000):

        def case(n: int = n) -> dict[str, Any]:
            x = pictures(n, 128, near_duplicates=0.3)
            note = lambda a, b, _: f"{len(a[0])} and {len(b)} picked"  # noqa: E731
            return compare(
                f"min distance 0.6, {n // 1000}k×128 / lightly-mundig", 10, lambda: ours_diversity(x, None, 0.6),
                lambda: mundig_diversity(x, n, 0.6), note, rounds,
            )  # fmt: skip

        if installed("lightly_mundig"):
            yield f"min distance 0.6, {n // 1000}k×128 / lightly-mundig", case


def typicality_cases(rounds: int) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    def correlation(ours: NDArray[np.float64], theirs: list[float], _: float) -> str:
        a, b = (np.argsort(np.argsort(values)) for values in (ours, np.asarray(theirs)))
        return f"rank correlation {np.corrcoef(a, b)[0, 1]:.9f}"

    for n in (20_000, 100_000):

        def case(n: int = n) -> dict[str, Any]:
            x = pictures(n, 128)
            theirs = import_module("lightly_mundig").Typicality(x)
            return compare(
                f"typicality k=20, {n // 1000}k×128 / lightly-mundig", 10, lambda: typicality(x, np.arange(n), 20),
                lambda: theirs.calculate_typicality(20), correlation, rounds,
            )  # fmt: skip

        if installed("lightly_mundig"):
            yield f"typicality k=20, {n // 1000}k×128 / lightly-mundig", case


def joint_cases(rounds: int) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    n, k, c = 50_000, 2_000, 8
    work = f"diversity + weights + balance, {n // 1000}k×128 K={k} / lightly-mundig"

    def case() -> dict[str, Any]:
        rng = np.random.default_rng(1)
        x, weights, kind = pictures(n, 128), rng.random(n, np.float32), rng.zipf(1.7, n) % c
        one_hot, target = np.eye(c, dtype=np.float32)[kind], np.full(c, 1 / c, np.float32)
        table = pl.DataFrame({"weight": weights, "kind": [f"{value}" for value in kind]})
        goals = (
            Goal(Embeddings(), Diversity()),
            Goal(Metadata("weight"), Weights()),
            Goal(Metadata("kind"), Balance(target={f"{value}": 1 / c for value in range(c)})),
        )

        def theirs() -> list[int]:
            selection = import_module("lightly_mundig").Selection()
            selection.add_diversifying_strategy(x, 1.0, None)
            selection.add_weighting_strategy(weights, 1.0)
            selection.add_balancing_strategy(one_hot, target, 1.0)
            order: list[int] = selection.run_selection([0], n, k)
            return order

        def ours() -> list[int]:
            request = SelectionRequest(goals, n_samples=k, preselected=np.array([0]))
            return [0, *select(table, x, request).order.tolist()]

        def objectives(mine: list[int], other: list[int], _: float) -> str:
            texts = []
            for order in (mine, other):
                shares = one_hot[order].mean(axis=0)
                rows = NearestSelected(x, k)
                rows.add(np.asarray(order))
                spread = (neighbor_distances(x, np.asarray(order), 1) ** 2).sum()
                entropy = -(target * np.log(np.maximum(shares, 1e-10))).sum()
                texts.append(f"{spread:.2f}, {weights[order].sum():.1f}, {1 / entropy:.5f}")
            return f"potentials of spread, weights, balance: ours {texts[0]}; peer {texts[1]}"

        return compare(work, 10, ours, theirs, objectives, rounds)

    if installed("lightly_mundig"):
        yield work, case


class PeakMemory:
    """By how many bytes the resident memory of this process grew at most within the block."""

    def __enter__(self) -> "PeakMemory":
        self.growth = 0
        self._start = self._resident()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.growth = max(self.growth, self._resident() - self._start)

    @staticmethod
    def _resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def scale_cases() -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    for n, d, k, seconds in (
        (1_000_000, 128, 50_000, 90),
        (1_000_000, 512, 10_000, 90),
        (1_280_000, 128, 500_000, 720),
    ):

        def case(n: int = n, d: int = d, k: int = k, seconds: int = seconds) -> dict[str, Any]:
            ours_diversity(pictures(5_000, d), 100)  # compiled once per machine
            x = pictures(n, d)
            with PeakMemory() as memory:
                started = time.perf_counter()
                _, state = ours_diversity(x, k)
                took = time.perf_counter() - started
            note = (
                f"{state.distances_computed / n / k:.1%} of N·K computed, "
                f"{2 * d * state.distances_computed / took / 1e9:.0f} GFLOP/s, {state.distances_exact} exact, "
                f"peak memory {1 + memory.growth / x.nbytes:.2f}× the vectors"
            )
            return {
                "work": f"scale {n:,}×{d} K={k:,}: seconds against the limit", "ours": took, "peer": float(seconds),
                "ratio": seconds / took, "goal": 1.0, "note": note,
            }  # fmt: skip

        yield f"scale {n:,}×{d} K={k:,}", case


def run(words: tuple[str, ...] = (), rounds: int = ROUNDS) -> Iterator[dict[str, Any]]:
    """Rows of work, ours and peer in seconds, ratio, goal and note; `scale` and `float64` only if among the words."""
    cases = [
        case
        for cases in (diversity_cases, point_sampling_cases, min_distance_cases, typicality_cases, joint_cases)
        for case in cases(rounds)
    ]
    if any(word in "scale" for word in words):
        cases += scale_cases()
    if any(word in "float64" for word in words):
        cases += float64_cases()
    ours_diversity(pictures(5_000, 128), 100)  # compiled once per machine, cached from then on
    yield from (case() for name, case in cases if not words or any(word in name for word in words))


if __name__ == "__main__":
    for row in run(tuple(sys.argv[1:])):
        sys.stdout.write(
            f"{row['work']}: {row['ours']:.2f} s, peer {row['peer']:.2f} s, ×{row['ratio']:.1f} "
            f"(goal ×{row['goal']:g}); {row['note']}\n"
        )
        sys.stdout.flush()
