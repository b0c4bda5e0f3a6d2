"""`report.json`: every value of the report as plain, strictly valid JSON (no NaN, no infinity: null).

The HTML and the PDF are made from this dictionary and the pictures alone, so nothing can appear there and be missing
here. Long tables hold their first rows and the full count; the CSV files of the run hold the rest.
"""

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from resources.atomic_file import atomic_path
from selection_assets.stages.reporting.analysis.analyse import MAX_TABLE_ROWS, Analysis
from selection_assets.stages.reporting.analysis.pairwise_statistics import PairwiseStatistics
from selection_assets.stages.reporting.analysis.weak_labels import label_counts
from selection_assets.stages.reporting.documents.savings import SavingsAssumptions, savings
from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from selection_assets.stages.reporting.plots.plot import Plot
from selection_assets.stages.selection.loops.picks import N_SAMPLES_REACHED, NO_CANDIDATES_LEFT

SCHEMA_VERSION = 2  # labels are names
NEAR_DUPLICATE = 0.1


def build_report(
    facts: ReportFacts,
    analysis: Analysis,
    plots: Sequence[Plot],
    run_dir: Path,
    assumptions: SavingsAssumptions = SavingsAssumptions(),  # noqa: B008 - frozen
) -> dict[str, Any]:
    """The report as a dictionary of plain JSON values.

    Args:
        facts, analysis: of the run.
        plots: as drawn; their paths are given relative to `run_dir`.
        run_dir: folder of the report.
        assumptions: of the savings estimate.
    """
    samples, names = facts.samples, facts.samples.filenames
    saved = savings(facts.counts.duplicates + facts.counts.removed, assumptions)
    states, labels = samples.states, samples.labels
    report = {
        "schema_version": SCHEMA_VERSION,
        "job": {"product": "Winnow", **dataclasses.asdict(facts.job)},
        "findings": _findings(facts, analysis),
        "warnings": list(facts.warnings),
        "counts": dataclasses.asdict(facts.counts),
        "datapool": dataclasses.asdict(facts.datapool) if facts.datapool else None,
        "statistics": {"before": _statistics(analysis.before), "after": _statistics(analysis.after)},
        "histograms": {
            part: {"edges": analysis.edges.tolist(), "counts": statistics.histogram(analysis.edges).tolist()}
            for part, statistics in (("before", analysis.before), ("after", analysis.after))
        },
        "selection": {
            "method": facts.selection.method,
            "strategies": list(facts.selection.strategies),
            "stop_reason": facts.selection.stop_reason,
            "n_samples": facts.selection.n_samples,
            "min_distance": facts.selection.min_distance,
            "picks": _picks(facts),
        },
        "training": dataclasses.asdict(facts.training) if facts.training else None,
        "embedding": dataclasses.asdict(facts.embedding) if facts.embedding else None,
        "corrupt": {
            **_table([dataclasses.asdict(sample) for sample in facts.corrupt[:MAX_TABLE_ROWS]], len(facts.corrupt)),
            "reasons": dict(Counter(sample.reason for sample in facts.corrupt).most_common(20)),
        },
        "removed": _table(analysis.removed.to_dicts(), analysis.n_removed),
        "examples": [
            {"retained": names[pair.retained], "removed": names[pair.removed], "distance": pair.distance}
            for pair in analysis.pairs
        ],
        "coverage": _coverage(analysis),
        "labels": [dataclasses.asdict(count) for count in label_counts(samples)],
        "views": {
            "shown": len(analysis.view_rows),
            "of": len(names),
            "pca_explained": list(analysis.pca.explained),
            "filenames": [names[row] for row in analysis.view_rows],
            "states": states[analysis.view_rows].tolist(),
            "labels": [labels[row] for row in analysis.view_rows.tolist()] if labels is not None else None,
            "coordinates": {name: np.round(xy.astype(np.float64), 4).T.tolist() for name, xy in analysis.views.items()},
        },
        "savings": {**dataclasses.asdict(saved), "assumptions": dataclasses.asdict(assumptions)},
        "pretagging": dataclasses.asdict(facts.pretagging) if facts.pretagging else None,
        "videos": [
            {"name": v.name, "n_frames": v.n_frames, "selected": [{"index": i, "sec": s} for i, s in v.selected]}
            for v in facts.videos
        ],
        "plots": {plot.name: _relative(plot.path, run_dir) for plot in plots},
        "plot_texts": {p.name: {"title": p.title, "caption": p.caption, "alt": p.alt} for p in plots},
        "timings": dict(facts.timings),
        "config": {"options": dict(facts.options), "typed": dict(facts.config)},
    }
    plain: dict[str, Any] = plain_json(report)
    return plain


def write_report_json(path: Path, report: Mapping[str, Any]) -> None:
    """Write the dictionary as JSON, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(report, allow_nan=False, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def plain_json(value: Any) -> Any:
    """The value with numpy scalars, tuples, paths and other leaves as JSON types; NaN and infinities become None."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {plain_json(str(key)): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_json(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    return str(value).encode("utf-8", "replace").decode()  # file names that are not Unicode hold lone surrogates


def _statistics(statistics: PairwiseStatistics) -> dict[str, Any]:
    return {
        "n": statistics.n,
        "mean": statistics.mean,
        "min": statistics.min,
        "max": statistics.max,
        "p10": statistics.p10,
        "p90": statistics.p90,
        "sampled_n": statistics.n_used,
        "sampled_pairs": statistics.pairs,
        "share_below_near_duplicate": statistics.share_below(NEAR_DUPLICATE),
    }


def _picks(facts: ReportFacts) -> dict[str, Any]:
    rows, distances = facts.selection.pick_rows, facts.selection.pick_distances
    known = distances.tolist() if len(distances) == len(rows) else [None] * len(rows)
    nearest = facts.selection.pick_nearest or [None] * len(rows)
    shown = zip(rows[:MAX_TABLE_ROWS].tolist(), known, nearest, strict=False)
    gains = {name: values.tolist() for name, values in facts.selection.pick_gains.items()}
    picks = [
        {
            "order": order,
            "filename": facts.samples.filenames[row],
            "distance": distance,
            "nearest_selected": near,
            "gains": {name: values[order] for name, values in gains.items()},
        }
        for order, (row, distance, near) in enumerate(shown)
    ]
    return _table(picks, len(rows))


def _table(rows: list[dict[str, Any]], count: int) -> dict[str, Any]:
    return {"count": count, "shown": len(rows), "rows": rows}


def _coverage(analysis: Analysis) -> dict[str, Any] | None:
    if analysis.coverage is None or analysis.coverage_random is None:
        return None
    curves = {"selection": analysis.coverage, "random": analysis.coverage_random}
    return {
        name: {
            "picks": c.picks.tolist(),
            "median": c.median.tolist(),
            "p90": c.p90.tolist(),
            "radius": c.radius.tolist(),
        }
        for name, c in curves.items()
    }


def _relative(path: Path, run_dir: Path) -> str:
    return path.relative_to(run_dir).as_posix() if path.is_relative_to(run_dir) else str(path)


def _findings(facts: ReportFacts, analysis: Analysis) -> list[str]:
    """The few sentences that a reader in a hurry needs."""
    counts, before, after = facts.counts, analysis.before, analysis.after
    kept = counts.selected + counts.preselected
    share = f" ({kept / counts.input:.1%})" if counts.input else ""
    found = [f"{kept:,} of {counts.input:,} input files were selected for labelling{share}."]
    kinds = ((counts.corrupt, "corrupt"), (counts.duplicates, "exact duplicates"), (counts.masked, "masked"))
    left_out = [f"{n:,} {what}" for n, what in kinds if n]
    if left_out:
        *first, last = left_out
        found.append(f"Left out beforehand: {' and '.join(filter(None, [', '.join(first), last]))}.")
    pool = facts.datapool
    if pool is not None:
        where = f", {pool.in_input:,} of them among the input files" if pool.in_input else ""
        found.append(
            f"Datapool {pool.name}: {pool.size_before:,} samples before this run{where}, {pool.added:,} added, "
            f"{pool.size_after:,} after it."
        )
    if before.min is not None and after.min is not None and after.n < before.n:
        found.append(
            f"The closest two samples are {after.min:.3f} apart after the selection, {before.min:.3f} before; "
            f"the mean distance goes from {before.mean:.3f} to {after.mean:.3f}."
        )
    if analysis.coverage is not None:
        found.append(
            f"Half of all samples lie within {analysis.coverage.median[-1]:.3f} of a selected one, "
            f"every sample within {analysis.coverage.radius[-1]:.3f}."
        )
    stop = facts.selection.stop_reason
    condition = stop.partition(":")[0]
    early = condition == NO_CANDIDATES_LEFT or (condition.endswith(" reached") and condition != N_SAMPLES_REACHED)
    if facts.selection.n_samples is not None and early:
        found.append(f"Fewer samples than asked for: {stop}.")
    for goal in facts.selection.strategies:
        if "agreement" in goal["reached"]:
            agreement = goal["reached"]["agreement"]
            found.append(f"{goal['label']}: the shares agree to {agreement:.0%} with those asked for.")
    close = after.share_below(NEAR_DUPLICATE)
    if close > 0:
        found.append(
            f"{close:.2%} of the pairs in the selection are closer than {NEAR_DUPLICATE}: near duplicates remain. "
            f"A min_distance of {NEAR_DUPLICATE} would remove them."
        )
    return found
