"""The greedy loop for several goals at once: one sample after the other, the one that all goals together like best.

What a goal likes is in `potentials` and `distance_potential`; how goals come out of a request is in `engine`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.goals.distance_potential import DistancePotential
from selection_assets.stages.selection.goals.potentials import Potential
from selection_assets.stages.selection.goals.weights import RangePotential
from selection_assets.stages.selection.loops.farthest_from_mean import farthest_from_mean_in_threads
from selection_assets.stages.selection.loops.picks import (
    MIN_DISTANCE_REACHED,
    n_samples_sentence,
    no_candidates_sentence,
)

_REFRESHED = 4096  # rows that are brought up to date together
_BAND = 1024  # of these, the rows among which the plain loop runs
_MARGIN = 1e-12  # relative; roundings of a sum of logarithms


@dataclass(frozen=True, eq=False)
class JointPicks:
    """order (k,): rows in pick order; gains (k, g): what each pick brought to each goal; stop_reason: a sentence.

    distance, nearest (k,): to the nearest row selected before, and that row, where the loop happens to know them."""

    order: NDArray[np.int64]
    gains: NDArray[np.float64]
    stop_reason: str
    distance: NDArray[np.float64] | None = None
    nearest: NDArray[np.int64] | None = None


class JointLoop:
    """Picks the row with the highest Σ strength · log potential, again and again; of equal rows the lowest index.

    Ratings of all rows are upper bounds: distances in them may be old. The rows with the highest ratings are brought up
    to date, and the plain loop runs within a band, the best of these. The ratings outside are not computed anew for
    every pick: how much they can have risen is bounded (`drift`), and a new band is formed when the best of the band
    is not surely better than that.

    mask (n,): candidates, used up. spaced: measures the distances that `spacing` is about; it may be one of the
    potentials or not.
    """

    def __init__(
        self,
        potentials: Sequence[Potential],
        mask: NDArray[np.bool_],
        n_samples: int | None,
        spaced: DistancePotential | None = None,
        spacing: float | None = None,
    ) -> None:
        self.potentials, self.mask, self.n_samples = potentials, mask, n_samples
        self.spaced, self.spacing = spaced, spacing
        distances = [potential for potential in potentials if isinstance(potential, DistancePotential)]
        self.starts_far = bool(distances) and distances[0].of_samples
        self.distances = [*distances, *([spaced] if spaced is not None and spaced not in distances else [])]
        self.ranges = [potential for potential in potentials if isinstance(potential, RangePotential)]
        # Where a falling distance raises the rating, old distances are no bounds: all rows are always up to date.
        self.all_in_band = any(potential.strength < 0 for potential in distances)
        self.order: list[int] = []
        self.gains: list[list[float]] = []
        self.passed_over = False

    def run(self) -> JointPicks:
        """Pick until a goal stops the loop, `n_samples` are picked, or no candidate is left."""
        stop: str | None = None
        while stop is None and not self._done():
            rows = self._fitting(np.flatnonzero(self.mask))
            if not len(rows):
                break
            stop = self._run_band(*self._form_band(rows))
        return JointPicks(
            np.array(self.order, np.int64),
            np.array(self.gains).reshape(len(self.order), len(self.potentials)),
            stop or self._reason(),
        )

    def _done(self) -> bool:
        return len(self.order) == self.n_samples

    def _fitting(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        for limit in self.ranges:
            rows = rows[limit.fits(rows)]
        return rows

    def _rate(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        total = np.zeros(len(rows))
        for potential in self.potentials:
            if potential.strength:
                total += potential.rate(rows)
        return total

    def _form_band(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], float]:
        """Rows, ascending, up to date, and a threshold: other rows are rated below it, or equal and of higher index."""
        if self.all_in_band:
            self._catch_up(rows)
            return rows, -np.inf
        for distance in self.distances:
            distance.bound(rows)
        rating = self._rate(rows)
        for potential in self.potentials:
            potential.mark()
        if self.distances and self.distances[0].empty:
            # Nothing is selected: every distance is the same. Of the rows that the other goals like best, the one
            # farthest from the mean, as in the farthest-point loop.
            equal = rows[rating == rating.max()]
            if len(equal) > 1 and self.starts_far:
                mask = np.zeros(len(self.mask), bool)
                mask[equal] = True
                equal = np.array([farthest_from_mean_in_threads(self.distances[0].state, mask)])
            return equal[:1], -np.inf
        threshold = -np.inf
        if self.distances:
            threshold = _highest(rating, _REFRESHED)
            rows = rows[rating >= threshold]
            self._catch_up(rows)
            rating = self._rate(rows)
        threshold = max(threshold, _highest(rating, _BAND))
        band = rows[rating >= threshold]
        if len(band) > 4 * _BAND:
            # Far more equal rows than fit: the first of them by index come first anyway, the others wait at the door.
            band = np.sort(np.concatenate([rows[rating > threshold], rows[rating == threshold][:_BAND]]))
        return band, threshold

    def _catch_up(self, rows: NDArray[np.int64]) -> None:
        for distance in self.distances:
            distance.catch_up(rows)

    def _run_band(self, band: NDArray[np.int64], threshold: float) -> str | None:
        """The plain loop within the band; returns why the whole selection is to stop, or None."""
        for distance in self.distances:
            distance.follow(band)
        picked = 0
        while not self._done():
            band = self._spaced(self._fitting(band))
            if not len(band):
                break
            rating = self._rate(band)
            best = int(np.argmax(rating))
            outside = threshold
            if picked and threshold > -np.inf:
                outside += float(sum(potential.drift() for potential in self.potentials if potential.strength))
                outside += _MARGIN * (1 + abs(threshold))
            if not rating[best] >= outside:
                break
            row = int(band[best])
            stop = next(filter(None, (potential.stop(row) for potential in self.potentials)), None)
            if stop is not None:
                return stop
            self.gains.append([potential.gain(row) for potential in self.potentials])
            self.order.append(row)
            self.mask[row] = False
            empty = [distance for distance in self.distances if distance.empty]
            for potential in {id(p): p for p in [*self.potentials, *self.distances]}.values():
                potential.pick(row)
            picked += 1
            if any(not distance.empty for distance in empty):
                break  # its first distances are not known yet
            band = np.delete(band, best)
        return None

    def _spaced(self, band: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows of the band far enough from all selected ones; the others are no candidates any more."""
        if self.spaced is None or self.spacing is None or self.spaced.empty:
            return band
        far = np.sqrt(self.spaced.value[band]).astype(np.float32) >= np.float32(self.spacing)
        self.mask[band[~far]] = False
        self.passed_over |= not far.all()
        kept: NDArray[np.int64] = band[far]
        return kept

    def _reason(self) -> str:
        picked = len(self.order)
        if self._done():
            return n_samples_sentence(picked)
        if self.mask.any():
            return "target_range reached: every sample left would lift the sum above the highest of the range"
        if self.passed_over:
            return f"{MIN_DISTANCE_REACHED}: all samples left are nearer than {self.spacing:g} to a selected one"
        return no_candidates_sentence(picked)


def _highest(rating: NDArray[np.float64], count: int) -> float:
    """The rating that the `count` highest of (r,) ratings reach; -inf where there are no more than these."""
    if len(rating) <= count:
        return -np.inf
    return float(np.partition(rating, len(rating) - count)[len(rating) - count])
