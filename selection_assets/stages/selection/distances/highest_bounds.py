"""The rows with the highest upper bounds, again and again, without sorting all of them each time.

Only the bookkeeping belongs here; what a bound means is the caller's business.
"""

import numpy as np
from numpy.typing import NDArray

_POOL_BANDS = 4  # the pool holds about so many bands, or a quarter of all rows where that is more


class HighestBounds:
    """Bands of rows with the highest values of an array whose values only ever fall.

    A pool of the highest values is kept: every row outside has a value below the pool's own floor, so a band is
    looked for in the pool alone until its values have fallen to that floor.
    """

    def __init__(self, values: NDArray[np.float64], mask: NDArray[np.bool_]) -> None:
        """values (n,), mask (n,): rows that count; the caller changes both, values downward, mask to False."""
        self._values = values
        self._mask = mask
        self._pool = np.empty(0, np.int64)
        self._floor = np.inf

    def band(self, size: int) -> tuple[NDArray[np.int64], float]:
        """At least `size` rows (or all there are) in ascending order, and a threshold.

        Every row of the band has a value at or above the threshold, every other row of the mask one below it.
        Rows of equal value come together, so a band may be larger.
        """
        self._pool = self._pool[self._mask[self._pool] & (self._values[self._pool] >= self._floor)]
        if len(self._pool) < size and self._floor > -np.inf:
            rows = np.flatnonzero(self._mask)
            values = self._values[rows]
            pool_size = max(_POOL_BANDS * size, len(rows) // _POOL_BANDS)
            self._floor = float(_highest(values, pool_size))
            self._pool = rows[values >= self._floor]
        values = self._values[self._pool]
        threshold = max(self._floor, float(_highest(values, size)))
        return self._pool[values >= threshold], threshold


def _highest(values: NDArray[np.float64], count: int) -> np.float64 | float:
    """The `count`-th highest value; -inf where there are no more than `count`."""
    return np.partition(values, len(values) - count)[len(values) - count] if len(values) > count else -np.inf
