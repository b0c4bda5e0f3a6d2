"""Potentials of goals whose value per sample is fixed (sums, ranges, balance): how much a goal likes the selection.

A potential rates the selected set together with one candidate. The engine maximises Σ strengthₖ · log potentialₖ,
which is the product of the potentials to the power of their strengths. The distance goal has a module of its own.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-30  # a potential of 0 does not erase the other goals: they still decide among such candidates
_CROSS_ENTROPY_FLOOR = 1e-9  # a target that is met exactly; the best there is
_SHARE_FLOOR = 1e-10  # share of a class that is missing so far


class Potential(Protocol):
    """What the engine asks of a goal. Rows are rows of the input table."""

    strength: float

    def rate(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """strength · log potential of the selection with each of `rows`; never below the truth, see `drift`."""
        ...

    def mark(self) -> None:
        """Remember the present selection for `drift`."""
        ...

    def drift(self) -> float:
        """How much the rating of any one row can have risen since `mark`, at most."""
        ...

    def pick(self, row: int) -> None:
        """Make `row` part of the selection."""
        ...

    def stop(self, row: int) -> str | None:
        """Why `row` must not be picked, if that is so and the selection is to end."""
        ...

    def gain(self, row: int) -> float:
        """What picking `row` brings, in the unit of the goal. Asked before `pick`."""
        ...


class SumPotential:
    """S + v(i): the sum of the values of the selected samples, the candidate included.

    values (n,) ≥ 0: what a candidate brings; added (n,): what it leaves in S once picked, the same unless a sample
    holds several objects (then v is their mean or maximum, and S takes each of them).
    maximum: a sum that must not be exceeded by the samples that count (`counted` so far).
    minimum: a value below which the selection ends; samples without objects do not end it.
    what: the name of the values in sentences.
    """

    def __init__(
        self,
        values: NDArray[np.float64],
        strength: float,
        selected: NDArray[np.int64],
        counted: NDArray[np.int64],
        *,
        added: NDArray[np.float64] | None = None,
        maximum: float | None = None,
        minimum: float | None = None,
        what: str = "values",
    ) -> None:
        self.values, self.strength, self.what = values, strength, what
        self.added = values if added is None else added
        self.maximum, self.minimum = maximum, minimum
        self.total = float(self.added[selected].sum())
        self.counted = float(values[counted].sum())
        self._lowest, self._highest = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
        self._marked = self.total

    @property
    def stops(self) -> bool:
        """Whether any sample can end the selection."""
        return self.maximum is not None or self.minimum is not None

    def rate(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        return self.strength * np.log(np.maximum(self.total + self.values[rows], FLOOR))

    def mark(self) -> None:
        self._marked = self.total

    def drift(self) -> float:
        # log(S' + v) - log(S + v) falls with v
        extreme = self._lowest if self.strength > 0 else self._highest
        return self.strength * float(
            np.log(max(self.total + extreme, FLOOR)) - np.log(max(self._marked + extreme, FLOOR))
        )

    def pick(self, row: int) -> None:
        self.total += float(self.added[row])
        self.counted += float(self.values[row])

    def stop(self, row: int) -> str | None:
        value = float(self.values[row])
        if self.maximum is not None and self.counted + value > self.maximum:
            return (
                f"max_sum reached: the sum of {self.what} is {self.counted:g}, and the best sample left would lift it "
                f"by {value:g} above {self.maximum:g}"
            )
        if self.minimum is not None and value < self.minimum and self.added[row] > 0:
            return f"min_typicality reached: the best sample left has {value:.6g}, less than {self.minimum:g}"
        return None

    def gain(self, row: int) -> float:
        return float(self.values[row])


class RangePotential:
    """Keeps the sum of the values on the way to a range: 1 / (1 + δ/m).

    δ is how far the sum, the candidate included, is outside of [lowest, highest] · f, where f is the share of the
    wanted picks that is then done (1 where their number is open), and m the mean value.
    """

    def __init__(
        self,
        values: NDArray[np.float64],
        strength: float,
        counted: NDArray[np.int64],
        target: tuple[float, float],
        picks_wanted: int | None,
        *,
        what: str = "values",
    ) -> None:
        self.values, self.strength, self.target, self.what = values, strength, target, what
        self.counted = float(values[counted].sum())
        self.picks_wanted = picks_wanted
        self._picked = 0
        self._unit = float(values.mean()) or 1.0
        self._start = self.counted
        self._moved = False

    def rate(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        done = 1.0 if self.picks_wanted is None else (self._picked + 1) / max(1, self.picks_wanted)
        # The pre-selected samples are there from the start: only the rest of the way is spread over the picks.
        low, high = (self._start + (bound - self._start) * done for bound in self.target)
        total = self.counted + self.values[rows]
        outside = np.maximum(0.0, np.maximum(low - total, total - high))
        return -self.strength * np.log1p(outside / self._unit)

    def fits(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(r,) whether the sum stays within the highest of the range."""
        return self.counted + self.values[rows] <= self.target[1]

    def mark(self) -> None:
        self._moved = False

    def drift(self) -> float:
        return np.inf if self._moved else 0.0

    def pick(self, row: int) -> None:
        self.counted += float(self.values[row])
        self._picked += 1
        self._moved = True

    def stop(self, row: int) -> str | None:
        if self.picks_wanted is None and self.counted >= self.target[0]:
            return f"target_range reached: the sum of {self.what} is {self.counted:g}, at least {self.target[0]:g}"
        return None

    def gain(self, row: int) -> float:
        return float(self.values[row])


class BalancePotential:
    """1 / H(t, p): the inverse of the cross-entropy -Σ t log p of the target t and the shares p of the classes.

    classes (n, c) ≥ 0: how much of each class a sample holds; target (c,) ≥ 0, sum 1. p is the sum of the rows of
    the selected samples and of the candidate, divided by its total; where that is 0, all shares are 0.
    """

    def __init__(
        self,
        classes: NDArray[np.float64],
        target: NDArray[np.float64],
        strength: float,
        selected: NDArray[np.int64],
    ) -> None:
        self.classes, self.target, self.strength = classes, target, strength
        self.counts = classes[selected].sum(axis=0)
        # Most samples hold the same few combinations of classes: each combination is rated once.
        self._kinds, self._kind = _kinds(classes)
        self._few = len(self._kinds) < len(classes)
        self._active = np.flatnonzero(target > 0)
        self._amounts = np.ascontiguousarray(self._kinds[:, self._active])
        self._totals = self._kinds.sum(axis=1)
        self._largest = float(self._totals.max()) if len(classes) else 0.0
        self._lowest = _CROSS_ENTROPY_FLOOR
        self._rate_kinds()
        self.mark()

    def rate(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        kinds = self._kind[rows]
        if self._few:
            return self._rating_of_kinds[kinds]
        entropy = self._cross_entropy(kinds)
        self._lowest = float(entropy.min(initial=np.inf))
        rating: NDArray[np.float64] = -self.strength * np.log(entropy)
        return rating

    def _rate_kinds(self) -> None:
        if self._few:
            self._rating_of_kinds = -self.strength * np.log(self._cross_entropy(slice(None)))

    def _cross_entropy(self, kinds: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        """H(t, p) for the selection with one more sample of each of `kinds`."""
        totals = self.counts.sum() + self._totals[kinds]
        shares = self.counts[self._active] + self._amounts[kinds]  # (kinds, active classes)
        shares /= np.where(totals > 0, totals, 1.0)[:, None]
        np.log(np.maximum(shares, _SHARE_FLOOR), out=shares)
        entropy: NDArray[np.float64] = -(shares * self.target[self._active]).sum(axis=1)
        return np.maximum(entropy, _CROSS_ENTROPY_FLOOR)

    def mark(self) -> None:
        self._marked = self.counts
        if self._few:
            self._marked_rating_of_kinds = self._rating_of_kinds
        else:
            self._marked_lowest = self._lowest  # of the rows rated last: all candidates, when a band is formed

    def drift(self) -> float:
        if self._marked is self.counts:
            return 0.0
        if self._few:
            return float((self._rating_of_kinds - self._marked_rating_of_kinds).max())
        before, after = self._marked[self._active], self.counts[self._active]
        grown = after > before
        if (before[grown] == 0).any():
            return np.inf
        # H of a row falls by at most Σ t log(A'/A) - log of the growth of the total, and rises by at most that growth.
        growth = np.log(after[grown] / before[grown]) @ self.target[self._active][grown]
        old, new = self._marked.sum(), self.counts.sum()
        if self.strength > 0:
            fall = growth - np.log((new + self._largest) / (old + self._largest))
            lowest = self._marked_lowest
            return np.inf if fall >= lowest else -self.strength * float(np.log(1 - max(fall, 0.0) / lowest))
        rise = np.log(new / old) if old > 0 else np.inf
        return -self.strength * float(np.log1p(rise / self._marked_lowest))

    def pick(self, row: int) -> None:
        self.counts = self.counts + self.classes[row]
        self._rate_kinds()

    def stop(self, row: int) -> str | None:
        return None

    def agreement(self, counts: NDArray[np.float64]) -> float:
        """1 - half the sum of absolute differences between shares and target: 1 where they are the same."""
        total = counts.sum()
        shares = counts / total if total > 0 else counts
        return 1.0 - 0.5 * float(np.abs(shares - self.target).sum())

    def gain(self, row: int) -> float:
        return self.agreement(self.counts + self.classes[row]) - self.agreement(self.counts)


def _kinds(classes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(n, c) -> the different rows (m, c), and which of them each row is (n,); all rows where most are different."""
    key = classes @ np.random.default_rng(0).random(classes.shape[1])  # sorted much faster than rows
    _, first, kind = np.unique(key, return_index=True, return_inverse=True)
    if len(first) > len(classes) // 4 or not np.array_equal(classes[first][kind], classes):
        return classes, np.arange(len(classes))
    return classes[first], kind
