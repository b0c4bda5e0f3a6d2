"""WEIGHTS: high values; or, with a target range, values that add up to a sum within it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies.weights import Weights
from selection_assets.stages.selection.goals.numeric_input import numbers
from selection_assets.stages.selection.goals.potentials import Potential, SumPotential
from selection_assets.stages.selection.goals.random import Random
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.scene import Scene, Term
from selection_assets.stages.selection.goals.words import means_text, number_text


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


def make_term(goal: Goal, scene: Scene) -> Term:
    """Raises InputError for values that are no numbers, and for a limit on a sum of values below 0."""
    assert isinstance(goal.strategy, Weights)
    strategy, values = goal.strategy, numbers(goal, scene)
    maximum, target = strategy.stopping_condition_max_sum, strategy.target_range
    lowest = float(values[scene.considered].min(initial=0.0))
    if lowest < 0:
        if maximum is not None or target is not None:
            raise InputError(f"{goal.label}: a limit on the sum needs values of at least 0, the lowest is {lowest:g}")
        scene.warnings.append(
            f"{goal.label}: the lowest value is {lowest:g}; all values are shifted up by {-lowest:g} to weigh them"
        )
        shifted = np.maximum(values - lowest, 0.0)
    else:
        shifted = np.maximum(values, 0.0)
    potential: Potential
    asked: dict[str, Any] = {}
    if target is not None:
        bounds = (target.min_sum, target.max_sum)
        potential = RangePotential(shifted, goal.strength, scene.counted, bounds, scene.picks_wanted, what=goal.label)
        asked = {"min_sum": target.min_sum, "max_sum": target.max_sum}
    else:
        potential = SumPotential(
            shifted, goal.strength, scene.selected, scene.counted, maximum=maximum, what=goal.label
        )
        asked = {} if maximum is None else {"max_sum": maximum}

    def report(picks: pl.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
        total = float(values[scene.counted].sum() + values[picks["row"].to_numpy()].sum())
        return asked, {"sum": total, **scene.means(values, picks)}

    return Term(goal, potential, report)


def aim(goal: Goal) -> str:
    if isinstance(goal.input, Random):
        return "random choice"
    return f"{'highest' if goal.strength > 0 else 'lowest'} {goal.input.detail}"


def asked_text(asked: Mapping[str, Any], wanted: bool) -> str:
    if "min_sum" in asked:
        return f"a sum from {asked['min_sum']:g} to {asked['max_sum']:g}"
    limit = f", a sum of at most {asked['max_sum']:g}" if "max_sum" in asked else ""
    return ("high values" if wanted else "low values") + limit


def reached_text(reached: Mapping[str, Any]) -> str:
    total = f"sum {number_text(reached['sum'])}"
    return total if reached.get("mean_of_picks") is None else f"{means_text(reached)}, {total}"
