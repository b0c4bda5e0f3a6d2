"""What the engine asks of a goal, and the potential that several strategies share: a sum of fixed values.

A potential rates the selected set together with one candidate. The engine maximises Σ strengthₖ · log potentialₖ,
which is the product of the potentials to the power of their strengths.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-30  # a potential of 0 does not erase the other goals: they still decide among such candidates


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
