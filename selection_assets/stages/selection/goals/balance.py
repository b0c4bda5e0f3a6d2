"""BALANCE: classes in given shares among the selected samples."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies.balance import Balance, DistributionType
from selection_assets.stages.selection.goals.columns import names_text
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.scene import Scene, Term

_CROSS_ENTROPY_FLOOR = 1e-9  # a target that is met exactly; the best there is
_SHARE_FLOOR = 1e-10  # share of a class that is missing so far
_MAX_CLASSES = 8  # in texts


@runtime_checkable
class ClassInput(Protocol):
    """An input with an amount of each class per sample."""

    def class_vectors(
        self, table: pl.DataFrame, considered: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], tuple[str, ...]]: ...


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


def balance_target(
    vectors: NDArray[np.float64],
    classes: Sequence[str],
    target: dict[str, float],
    distribution: str,
    rows: NDArray[np.int64],
    label: str,
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[str, ...]]:
    """Class vectors (n, g), target shares (g,) that sum to 1, and the g names, for one BALANCE goal.

    TARGET: the classes of `target` in its order, and if others exist one group of all of them, with the share that is
    left; shares that sum to more than 1 are divided by their sum. UNIFORM: equal shares for the classes present in
    `rows`. INPUT: their shares in `rows`.

    Raises InputError for a class that does not exist, for a negative share, and when there is nothing to balance.
    """
    if distribution != "TARGET":
        held = vectors[rows].sum(axis=0)
        present = np.flatnonzero(held > 0)
        if not len(present):
            raise InputError(f"{label}: no sample holds any class, there is nothing to balance")
        share = held[present] / held.sum() if distribution == "INPUT" else np.full(len(present), 1 / len(present))
        return vectors[:, present], share, tuple(classes[int(i)] for i in present)
    if not target:
        raise InputError(
            f"{label}: the target names no class; give shares, for instance {{{classes[0]!r}: 0.5}}"
            if classes
            else f"{label}: the target names no class, and the input holds none"
        )
    for name, value in target.items():
        if name not in classes:
            raise InputError(f"{label}: class {name!r} does not exist; there are: {names_text(classes)}")
        if not 0 <= value < np.inf:
            raise InputError(f"{label}: the share {value} of class {name!r} is not a number of at least 0")
    shares = np.array(list(target.values()), float)
    if shares.sum() <= 0:
        raise InputError(f"{label}: all shares of the target are 0")
    index = [list(classes).index(name) for name in target]
    others = [i for i in range(len(classes)) if i not in index]
    if shares.sum() > 1 + 1e-9 or not others:
        shares = shares / shares.sum()
    grouped, names = vectors[:, index], tuple(target)
    if others:
        grouped = np.column_stack([grouped, vectors[:, others].sum(axis=1)])
        shares, names = np.append(shares, max(0.0, 1.0 - shares.sum())), (*names, "all others")
    return grouped, shares, names


def make_term(goal: Goal, scene: Scene) -> Term:
    """Raises InputError for columns without classes, and for classes that do not exist."""
    assert isinstance(goal.strategy, Balance) and isinstance(goal.input, ClassInput)
    strategy = goal.strategy
    vectors, classes = goal.input.class_vectors(scene.table, scene.considered)
    distribution = strategy.distribution or DistributionType.TARGET
    rows = np.flatnonzero(scene.considered)
    vectors, target, names = balance_target(
        vectors, classes, dict(strategy.target or {}), distribution, rows, goal.label
    )
    potential = BalancePotential(vectors, target, goal.strength, scene.selected)
    at_first = potential.counts.copy()

    def shares(counts: NDArray[np.float64]) -> dict[str, float]:
        total = counts.sum()
        return dict(zip(names, (counts / total if total > 0 else counts).tolist(), strict=True))

    def report(picks: pl.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
        counts = at_first + vectors[picks["row"].to_numpy()].sum(axis=0)
        reached = {
            "shares": shares(counts),
            "shares_of_input": shares(vectors[scene.considered].sum(axis=0)),
            "agreement": potential.agreement(counts),
        }
        return {"shares": dict(zip(names, target.tolist(), strict=True))}, reached

    return Term(goal, potential, report)


def aim(goal: Goal) -> str:
    return f"shares of {goal.input.detail} {'nearest to' if goal.strength > 0 else 'farthest from'} their target"


def asked_text(asked: Mapping[str, Any], wanted: bool) -> str:
    return ("" if wanted else "the opposite of ") + _shares_text(asked["shares"])


def reached_text(reached: Mapping[str, Any]) -> str:
    return (
        f"{_shares_text(reached['shares'])}: {100 * reached['agreement']:.0f}% agreement "
        f"(input: {_shares_text(reached['shares_of_input'])})"
    )


def _shares_text(shares: Mapping[str, float]) -> str:
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    shown = [f"{name} {100 * share:.0f}%" for name, share in ordered[:_MAX_CLASSES]]
    return ", ".join(shown) + (f", {len(ordered) - _MAX_CLASSES} more" if len(ordered) > _MAX_CLASSES else "")
