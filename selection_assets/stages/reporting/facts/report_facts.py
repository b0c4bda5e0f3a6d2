"""What a report is made of: plain, frozen records that the caller fills after a run.

Belongs here: the shape of the facts and the checks that they fit together. Does not belong here: anything computed from
them (`analysis/`) and any look (`plots/`, `documents/`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Thumbnail = Callable[[str], bytes | None]


def no_thumbnail(_: str) -> bytes | None:
    """The thumbnail source of a run without pictures, such as one that starts from an embeddings file."""
    return None


@dataclass(frozen=True, kw_only=True)
class Job:
    """Which run this is. Times are ISO 8601."""

    version: str
    dataset: str
    run_id: str
    started_at: str
    ended_at: str
    duration_seconds: float
    files_processed: int
    input_dir: str


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Where the samples of the input went. `datapool` are all samples of earlier runs, in the input or not."""

    input: int
    corrupt: int = 0
    duplicates: int = 0
    masked: int = 0
    preselected: int = 0
    datapool: int = 0
    selected: int = 0
    removed: int = 0


@dataclass(frozen=True, kw_only=True)
class DatapoolChange:
    """The datapool of the run: what it held, how much of that is in the input too, and what joins when the run ends."""

    name: str
    size_before: int
    in_input: int
    added: int
    size_after: int


@dataclass(frozen=True, kw_only=True)
class CorruptSample:
    filename: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """How the vectors were made. The speed is None where they were read from a file."""

    model: str
    dimensions: int
    input_size: int | None = None
    seconds: float | None = None
    images_per_second: float | None = None
    compute_efficiency: float | None = None


@dataclass(frozen=True, kw_only=True)
class Training:
    """How the model was trained before it embedded.

    Attributes:
        source: on what, and starting from which weights.
        checkpoint: file name of the model that embeds.
        losses: mean loss of each epoch.
        best_epoch: of the model that embeds, counted from 0.
        loading_share: of the time, waiting for pictures and making views.
    """

    source: str
    checkpoint: str
    losses: Sequence[float]
    best_epoch: int
    images: int
    batch_size: int
    device: str
    precision: str
    seconds: float
    images_per_second: float
    loading_share: float


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What was asked for and how it ended.

    Attributes:
        method: coreset, random or coral; empty where strategies were given.
        strategies: one dictionary per strategy: label, input and strategy as in the selection config, strength, and
            what was asked and reached (`goal_reports`).
        n_samples: samples asked for; a float is a share of the input, None means no limit.
        min_distance: distance that two selected samples must keep, None means none.
        pick_rows: (p,) int64 rows of `Samples` in the order in which they were picked; empty when there is no order.
        pick_distances: (p,) float32 distance of each pick to all earlier ones, NaN where there is none.
        pick_nearest: (p,) names of the samples at that distance, None where there is none; may be left out.
        pick_gains: by goal, (p,) float64 what each pick brought to it, NaN where that is unknown.
    """

    strategies: Sequence[Mapping[str, Any]]
    stop_reason: str
    method: str = ""
    n_samples: int | float | None = None
    min_distance: float | None = None
    pick_rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    pick_distances: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    pick_nearest: Sequence[str | None] = ()
    pick_gains: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Samples:
    """The unique embedded samples, one per row.

    Attributes:
        filenames: n names, in any characters that a file name may have.
        embeddings: (n, d) float32 in the space in which the selection measured distances.
        selected: (n,) bool, picked in this run.
        preselected: (n,) bool, kept because the input said so; disjoint from `selected`.
        datapool: (n,) bool, selected by an earlier run; not among what this run chose from.
        masked: (n,) bool, ignored at the wish of the input.
        labels: n weak labels, usually the names of folders, or None.
    """

    filenames: Sequence[str]
    embeddings: NDArray[np.float32]
    selected: NDArray[np.bool_]
    preselected: NDArray[np.bool_]
    datapool: NDArray[np.bool_]
    masked: NDArray[np.bool_]
    labels: Sequence[str] | None = None

    def __post_init__(self) -> None:
        n = len(self.filenames)
        if self.embeddings.ndim != 2:
            raise ValueError(f"embeddings must be 2-D (n, d), got shape {self.embeddings.shape}")
        columns = {
            name: getattr(self, name) for name in ("embeddings", "selected", "preselected", "datapool", "masked")
        }
        if self.labels is not None:
            columns["labels"] = self.labels
        for name, column in columns.items():
            if len(column) != n:
                raise ValueError(f"{name} has {len(column)} rows, but there are {n} filenames")

    @property
    def before(self) -> NDArray[np.bool_]:
        """(n,) bool: the samples that the selection chose from: the input without masked and datapool rows."""
        return ~self.masked & ~self.datapool

    @property
    def after(self) -> NDArray[np.bool_]:
        """(n,) bool: the samples of the input that remain: selected now or before."""
        return (self.selected | self.preselected) & self.before

    @property
    def removed(self) -> NDArray[np.bool_]:
        """(n,) bool: the samples of the input that nobody will label."""
        return self.before & ~self.after

    @property
    def states(self) -> NDArray[np.str_]:
        """(n,) one of removed, masked, datapool, preselected, selected for every sample."""
        states = np.full(len(self.filenames), "removed", dtype="<U11")
        for state in ("masked", "preselected", "selected", "datapool"):
            states[getattr(self, state)] = state
        return states


@dataclass(frozen=True, kw_only=True)
class Pretagging:
    """Objects per class that the pretagging model found, in all and in the selected images."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    images_before: int
    images_after: int


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video and its selected frames: `selected` holds (frame index, second)."""

    name: str
    n_frames: int
    selected: Sequence[tuple[int, float]]


@dataclass(frozen=True, kw_only=True)
class ReportFacts:
    """Everything that a report needs.

    Attributes:
        options: the configuration in its flat dotted spelling.
        config: the same configuration, typed and nested.
        datapool: None for a run without one.
        timings: seconds per step, in the order of the steps.
        warnings: one sentence each, for the reader.
        image_metrics: n rows beside `samples`, with any of the columns width, height, sharpness, snr.
        thumbnail: gives the JPEG of a file name, or None when there is no picture.
    """

    job: Job
    counts: Counts
    selection: Selection
    samples: Samples
    embedding: Embedding | None = None
    training: Training | None = None
    datapool: DatapoolChange | None = None
    corrupt: Sequence[CorruptSample] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    image_metrics: pl.DataFrame | None = None
    pretagging: Pretagging | None = None
    videos: Sequence[Video] = ()
    thumbnail: Thumbnail = no_thumbnail

    def __post_init__(self) -> None:
        n = len(self.samples.filenames)
        if self.image_metrics is not None and self.image_metrics.height != n:
            raise ValueError(f"image_metrics has {self.image_metrics.height} rows, but there are {n} samples")
