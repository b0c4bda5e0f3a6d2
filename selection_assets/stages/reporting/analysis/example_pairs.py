"""The retained/removed pairs that the report shows.

Only the choice of the pairs belongs here, not how they look.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from selection_assets.stages.selection.distances.nearest_rows import nearest_rows

MAX_RETAINED = 1024


@dataclass(frozen=True)
class ExamplePair:
    """Rows of a retained sample and of its nearest removed sample, with their L2 distance."""

    retained: int
    removed: int
    distance: float


def example_pairs(
    embeddings: NDArray[np.float32],
    retained: NDArray[np.bool_],
    removed: NDArray[np.bool_],
    n_pairs: int = 6,
    seed: int = 0,
) -> list[ExamplePair]:
    """Pairs that show the whole range, from the most alike to the most different, in ascending distance.

    Each retained sample (a seeded random 1024 of them in large sets) is joined with its nearest removed sample. Where
    several share the same removed sample, only the closest pair stays. From the pairs in order of distance, `n_pairs`
    are taken at evenly spaced ranks, first and last included.
    """
    kept, gone = np.flatnonzero(retained), np.flatnonzero(removed)
    if n_pairs < 1 or len(kept) == 0 or len(gone) == 0:
        return []
    if len(kept) > MAX_RETAINED:
        kept = np.sort(np.random.default_rng(seed).choice(kept, MAX_RETAINED, replace=False))
    nearest, distances = nearest_rows(embeddings[kept], embeddings[gone], "Example pairs")
    order = np.lexsort((kept, distances))
    first_of_each = np.sort(np.unique(nearest[order], return_index=True)[1])  # closest pair of each removed sample
    order = order[first_of_each]
    ranks = np.unique(np.linspace(0, len(order) - 1, min(n_pairs, len(order))).round().astype(np.int64))
    return [ExamplePair(int(kept[i]), int(gone[nearest[i]]), float(distances[i])) for i in order[ranks]]
