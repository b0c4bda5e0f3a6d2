"""Everything that is computed for the report: distances before and after, views, example pairs, coverage.

Belongs here: the order in which the parts are computed. Each part has its own module; looks belong to `plots/` and
`documents/`.
"""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from selection_assets.stages.progress import heartbeat
from selection_assets.stages.reporting.analysis.coverage import CoverageCurve, coverage_curve
from selection_assets.stages.reporting.analysis.example_pairs import ExamplePair, example_pairs
from selection_assets.stages.reporting.analysis.neighbour_graph import neighbour_graph
from selection_assets.stages.reporting.analysis.pairwise_statistics import PairwiseStatistics, pairwise_statistics
from selection_assets.stages.reporting.analysis.pca import Pca, pca
from selection_assets.stages.reporting.analysis.umap import NEIGHBOURS, umap
from selection_assets.stages.reporting.analysis.view_rows import rows_to_project
from selection_assets.stages.reporting.facts.report_facts import ReportFacts, Samples
from selection_assets.stages.reporting.helper_process import DRAWING, LAYOUT, warm_up
from selection_assets.stages.selection.removed_samples import removed_samples

HISTOGRAM_BINS = 100
FEWEST_PICKS = 3
ROWS_OF_SLOW_VIEWS = 2_000
MAX_TABLE_ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Results, all about the rows of `facts.samples`.

    Attributes:
        before, after: distances among all samples of the input, and among those that remain.
        edges: (101,) bin edges of both histograms.
        view_rows: (m,) rows that the views show, ascending.
        pca: of those rows.
        pending_umap: UMAP by number of neighbours, still being computed when `analyse` returns; read `views`.
        pairs: retained samples beside their nearest removed ones.
        coverage, coverage_random: by the picks, and by a random choice of the same size; None where there is no curve:
            fewer than three picks, or nothing removed.
        removed: table of the first 10,000 removed samples (`removed_samples.py`); n_removed: how many there are.
    """

    before: PairwiseStatistics
    after: PairwiseStatistics
    edges: NDArray[np.float64]
    view_rows: NDArray[np.int64]
    pca: Pca
    pending_umap: Mapping[int, "Future[NDArray[np.float32]]"]
    pairs: list[ExamplePair]
    coverage: CoverageCurve | None
    coverage_random: CoverageCurve | None
    removed: pl.DataFrame
    n_removed: int

    @property
    def views(self) -> dict[str, NDArray[np.float32]]:
        """(m, 2) coordinates by name: pca, umap_k_5, umap_k_15, umap_k_50. Waits until they are there."""
        umaps = {f"umap_k_{k}": self.pending_umap[k].result() for k in NEIGHBOURS}
        return {"pca": self.pca.coordinates} | umaps


def analyse(
    facts: ReportFacts, n_example_images: int = 6, memory_requirement_in_gb: float = 2.0, seed: int = 0
) -> Analysis:
    """Compute all parts; UMAP goes on in the helper process after the return, while the first plots are drawn.

    Args:
        facts: of the run.
        n_example_images: retained/removed pairs to show.
        memory_requirement_in_gb: see `pairwise_statistics`.
        seed: of every subset and of UMAP; the same seed gives the same report.
    """
    warm_up()
    samples = facts.samples
    x = samples.embeddings
    view_rows = rows_to_project(samples.after, seed)
    shown = x[view_rows]
    with heartbeat("Neighbours for the views"):
        graph = neighbour_graph(shown, max(NEIGHBOURS))
    # Of many rows the widest view takes as long as the others together, and longer than the first plots.
    widest = DRAWING if len(shown) > ROWS_OF_SLOW_VIEWS else LAYOUT
    pending = {k: (widest if k == max(NEIGHBOURS) else LAYOUT).submit(umap, shown, graph, k, seed) for k in NEIGHBOURS}
    before = pairwise_statistics(x[samples.before], memory_requirement_in_gb, seed)
    after = pairwise_statistics(x[samples.after], memory_requirement_in_gb, seed)
    kept = samples.after | samples.datapool
    listed = samples.removed & (np.cumsum(samples.removed) <= MAX_TABLE_ROWS)
    removed = removed_samples(samples.filenames, x, kept, listed, facts.selection.min_distance)
    pairs = example_pairs(x, samples.after, samples.removed, n_example_images, seed)
    with heartbeat("Coverage by the picks"):
        coverage, coverage_random = _coverage(samples, facts.selection.pick_rows, seed)
    return Analysis(
        before=before,
        after=after,
        edges=np.linspace(0.0, max(before.max or 0.0, after.max or 0.0) * (1 + 1e-6) or 1.0, HISTOGRAM_BINS + 1),
        view_rows=view_rows,
        pca=pca(shown),
        pending_umap=pending,
        pairs=pairs,
        coverage=coverage,
        coverage_random=coverage_random,
        removed=removed,
        n_removed=int(samples.removed.sum()),
    )


def _coverage(
    samples: Samples, pick_rows: NDArray[np.int64], seed: int
) -> tuple[CoverageCurve | None, CoverageCurve | None]:
    """Coverage of the input: what was selected before first, then the picks in their order (by row when there is none).

    A random choice of the same size starts from the same datapool.
    """
    rows, preselected = np.flatnonzero(samples.before), np.flatnonzero(samples.preselected & samples.before)
    members = np.flatnonzero(samples.datapool)
    picks = pick_rows if len(pick_rows) else np.flatnonzero(samples.selected & samples.before)
    order = np.concatenate([members, preselected, picks]).astype(np.int64)
    if len(order) < FEWEST_PICKS or not samples.removed.any():
        return None, None
    chance = np.random.default_rng(seed).permutation(rows)[: len(order) - len(members)]
    chance = np.concatenate([members, chance])
    return tuple(coverage_curve(samples.embeddings, rows, picks, seed) for picks in (order, chance))  # type: ignore[return-value]
