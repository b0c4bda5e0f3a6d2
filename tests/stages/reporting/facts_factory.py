"""Small, complete facts of a made-up run for the report tests."""

import io
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from selection_assets.stages.reporting.facts.report_facts import (
    CorruptSample,
    Counts,
    Embedding,
    Job,
    ReportFacts,
    Samples,
    Selection,
)

GOAL = {
    "label": "EMBEDDINGS × DIVERSITY", "input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"},
    "strength": 1.0, "asked": {}, "reached": {"smallest_distance": 0.25, "mean_distance": 0.5},
}  # fmt: skip
HOSTILE = "<script>alert('x')</script>&\"$x^2$.jpg"


def clusters(n: int, d: int = 8, groups: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(n, d) float32 unit vectors around `groups` centres, and the group of each."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, groups, n)
    x = rng.normal(size=(groups, d))[label] + 0.2 * rng.normal(size=(n, d))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32), label.astype(np.int64)


def jpeg(name: str) -> bytes:
    """A picture whose colour depends on the name."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), tuple(np.frombuffer(name.encode()[-3:].rjust(3), np.uint8).tolist())).save(out, "JPEG")
    return out.getvalue()


def example_facts(n: int = 40, n_selected: int = 10, **changes: Any) -> ReportFacts:
    """Facts of a run over `n` unique samples of which the first `n_selected` were picked in their order."""
    x, labels = clusters(n)
    selected = np.arange(n) < n_selected
    none = np.zeros(n, np.bool_)
    facts: dict[str, Any] = {
        "job": Job(
            version="9.8.7", dataset="harbour", run_id="run-1", started_at="2026-01-02T03:04:05+00:00",
            ended_at="2026-01-02T03:04:15+00:00", duration_seconds=10.0, files_processed=n + 3, input_dir="/in",
        ),
        "counts": Counts(
            input=n + 3, corrupt=2, duplicates=1, selected=int(selected.sum()), removed=int((~selected).sum())
        ),
        "selection": Selection(
            method="coreset", strategies=[GOAL],
            stop_reason="n_samples reached", n_samples=n_selected, pick_rows=np.flatnonzero(selected),
            pick_nearest=[None, *["dir/0000.jpg"] * max(int(selected.sum()) - 1, 0)][: int(selected.sum())],
            pick_gains={"far": np.arange(selected.sum()) / 10},
            pick_distances=np.where(np.arange(selected.sum()) == 0, np.nan, 0.5).astype(np.float32),
        ),
        "samples": Samples(
            filenames=[f"dir/{i:04d}.jpg" for i in range(n)], embeddings=x, selected=selected, preselected=none,
            datapool=none, masked=none, labels=[("port", "quay", "mole")[label] for label in labels.tolist()],
        ),
        "embedding": Embedding(model="resnet-18", dimensions=8, input_size=64, seconds=2.5, images_per_second=16.0,
                               compute_efficiency=0.9),
        "corrupt": [CorruptSample(filename="bad/a.jpg", reason="truncated"),
                    CorruptSample(filename=HOSTILE, reason="not an image")],
        "options": {"method": "coreset", "stopping_condition.n_samples": n_selected},
        "config": {"selection": {"n_samples": n_selected, "share": float("nan")}},
        "timings": {"embed": 2.5, "select": 0.25},
        "warnings": ["one file is large"],
        "image_metrics": pl.DataFrame({"width": [640] * n, "sharpness": np.linspace(1, 9, n)}),
        "thumbnail": jpeg,
    }  # fmt: skip
    return ReportFacts(**(facts | changes))
