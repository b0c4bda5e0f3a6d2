"""The potential of DIVERSITY: squared distances to the nearest selected sample, or to the nearest selected objects.

The one potential that costs real work. Values of rows outside the present band are upper bounds, see
`nearest_selected`; the engine brings only a band of rows up to date.
"""

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.nearest_selected import Band, NearestSelected
from selection_assets.stages.selection.distances.neighbors import neighbor_distances
from selection_assets.stages.selection.goals.potentials import FLOOR

_STEP = 65536  # rows that are brought up to date in one go


class DistancePotential:
    """S + D(i), S = Σ over selected objects of the squared distance to the nearest other selected object.

    D(i) is the mean over the objects of candidate i of the squared distance to the nearest selected object; 0 for a
    candidate without objects. While nothing is selected D is 1 for every candidate with objects, so that the other
    goals decide. For embeddings of whole samples every sample is its own single object.

    embeddings (m, d) of the objects; sample (m,): the row of each object, None where object and row are the same;
    picks_wanted: number of new picks, None where open.
    """

    def __init__(
        self,
        embeddings: NDArray[np.floating],
        strength: float,
        n: int,
        *,
        sample: NDArray[np.int64] | None = None,
        minimum: float | None = None,
        picks_wanted: int | None = None,
    ) -> None:
        self.strength, self.minimum = strength, minimum
        self.state = NearestSelected(embeddings, len(embeddings) * (picks_wanted or n) // n)
        self._sample = sample
        if sample is not None:
            self._objects = np.argsort(sample, kind="stable")
            counts = np.bincount(sample, minlength=n)
            self._counts = counts
            self._starts = np.concatenate([[0], np.cumsum(counts)])
        self.value = np.full(n, np.inf)
        self._spread = SelectedSpread(self.state)
        self._band: Band | None = None
        self._marked = 0.0
        self._was_empty = True

    @property
    def empty(self) -> bool:
        return self.state.n_selected == 0

    @property
    def of_samples(self) -> bool:
        return self._sample is None

    def objects_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The objects of `rows`, those of one row together, rows in the order given."""
        if self._sample is None:
            return rows
        counts = self._counts[rows]
        offsets = np.repeat(self._starts[rows] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        objects: NDArray[np.int64] = self._objects[np.arange(counts.sum()) + offsets]
        return objects

    def select_before(self, rows: NDArray[np.int64]) -> None:
        """Rows that are selected from the start, in one go."""
        objects = self.objects_of(rows)
        if len(objects):
            self._spread.start(objects)

    def catch_up(self, rows: NDArray[np.int64]) -> None:
        """Make `value` (n,) true for `rows` as of now."""
        if self._band is not None:
            self._band.leave()
            self._band = None
        if self.empty:
            return
        for start in range(0, len(rows), _STEP):
            part = rows[start : start + _STEP]
            objects = self.objects_of(part)
            self.state.refresh(objects)
            self._read(part, self.state.squared[objects])

    def follow(self, rows: NDArray[np.int64]) -> None:
        """Keep `value` (n,) true for `rows`, pick by pick, until the next call of `catch_up`."""
        if self.empty:
            return
        self._band_rows = rows
        self._band = Band(self.state, self.objects_of(rows))
        self._read_band()

    def bound(self, rows: NDArray[np.int64]) -> None:
        """Make sure that `value` is an upper bound, not infinite, for `rows`."""
        if not self.empty and not np.isfinite(self.value[rows]).all():
            self.catch_up(rows)

    def _read(self, rows: NDArray[np.int64], squared: NDArray[np.float64]) -> None:
        if self._sample is None:
            self.value[rows] = squared
            return
        owner = np.repeat(np.arange(len(rows)), self._counts[rows])
        self.value[rows] = np.bincount(owner, squared, minlength=len(rows)) / np.maximum(self._counts[rows], 1)

    def _read_band(self) -> None:
        if self._band is not None:
            self._read(self._band_rows, self._band.squared)

    def rate(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        if self.empty:
            value = np.ones(len(rows)) if self._sample is None else np.minimum(self._counts[rows], 1).astype(float)
        else:
            value = self._spread.total + self.value[rows]
        rating: NDArray[np.float64] = self.strength * np.log(np.maximum(value, FLOOR))
        return rating

    def mark(self) -> None:
        self._marked = self._spread.total
        self._was_empty = self.empty

    def drift(self) -> float:
        if self._was_empty and not self.empty:
            return np.inf
        if self.strength < 0:  # a falling distance raises the rating: bounds tell nothing
            return 0.0 if self._spread.total == self._marked else np.inf
        # At equal distance the rating rises the most where the distance is 0; if the spread shrank, it does not rise.
        return self.strength * max(
            0.0, float(np.log(max(self._spread.total, FLOOR)) - np.log(max(self._marked, FLOOR)))
        )

    def pick(self, row: int) -> None:
        objects = self.objects_of(np.array([row]))
        self._spread.add(objects)
        if self._band is not None:
            for one in objects:
                self._band.see(int(one))
            self._read_band()

    def distance(self, row: int) -> float:
        """Root of D of an up-to-date row; inf while nothing is selected."""
        return float(np.sqrt(self.value[row]))

    def stop(self, row: int) -> str | None:
        if self.minimum is None or self.empty or (self._sample is not None and not self._counts[row]):
            return None
        if np.float32(self.distance(row)) < np.float32(self.minimum):
            return (
                f"min_distance reached: the best sample left is {self.distance(row):.6g} away from a selected one, "
                f"less than {self.minimum:g}"
            )
        return None

    def gain(self, row: int) -> float:
        return float("nan") if self.empty else self.distance(row)


class SelectedSpread:
    """Σ over the selected objects of the squared distance to the nearest other selected object; 0 for a single one."""

    def __init__(self, state: NearestSelected) -> None:
        self._state = state
        self._y = np.empty((64, state.bounds.p + 1), np.float32)
        self._low = np.empty(64, np.float32)
        self._squared = np.full(64, np.inf)
        self._waiting = np.empty(0, np.int64)

    def start(self, objects: NDArray[np.int64]) -> None:
        """Objects that are selected from the start, in one go."""
        self._state.add(objects)
        self._waiting = objects

    @property
    def total(self) -> float:
        self._measure_start()
        known = self._squared[: self._state.n_selected]
        return float(known.sum()) if len(known) > 1 else 0.0

    def _measure_start(self) -> None:
        """Distances among the objects of the start: as many as their number squared, so only for whom needs them."""
        if not len(self._waiting):
            return
        objects, self._waiting = self._waiting, np.empty(0, np.int64)
        k = len(objects)
        self._grow(k)
        self._y[:k], self._low[:k] = self._state.bounds.of(objects)
        if k > 1:
            self._squared[:k] = neighbor_distances(self._state.embeddings, objects, 1)[:, 0] ** 2

    def add(self, objects: NDArray[np.int64]) -> None:
        """Select `objects`, a few: tell the state, and keep the sum."""
        from selection_assets.stages.selection.distances.distance_kernels import see_and_measure

        self._measure_start()
        for one in objects:
            state, k = self._state, self._state.n_selected
            self._grow(k + 1)
            row = np.array([one])
            y, low = state.bounds.of(row)
            self._squared[k] = see_and_measure(
                *state.vectors(state.selected[:k]), self._y, self._low, self._squared, k, *state.vectors(row), y, low
            )
            self._y[k], self._low[k] = y[0], low[0]
            state.add(row)

    def _grow(self, size: int) -> None:
        while size > len(self._low):
            self._y = np.concatenate([self._y, np.empty_like(self._y)])
            self._low = np.concatenate([self._low, np.empty_like(self._low)])
            self._squared = np.concatenate([self._squared, np.full_like(self._squared, np.inf)])
