"""Which samples the two-dimensional views show."""

import numpy as np
from numpy.typing import NDArray

MAX_ROWS = 5_000


def rows_to_project(keep_first: NDArray[np.bool_], seed: int = 0, limit: int = MAX_ROWS) -> NDArray[np.int64]:
    """The rows that the views show: all, or a seeded random `limit` of them with both kinds in their true shares.

    Args:
        keep_first: (n,) bool, the samples of special interest (the selected ones). A random sample would keep them in
            proportion on average; drawing the two kinds apart keeps it exact, and at least one of each.
    """
    n = len(keep_first)
    if n <= limit:
        return np.arange(n)
    rng = np.random.default_rng(seed)
    special, other = np.flatnonzero(keep_first), np.flatnonzero(~keep_first)
    n_special = int(np.clip(round(limit * len(special) / n), min(1, len(special)), len(special)))
    chosen = [rng.choice(special, n_special, replace=False), rng.choice(other, limit - n_special, replace=False)]
    return np.sort(np.concatenate(chosen))
