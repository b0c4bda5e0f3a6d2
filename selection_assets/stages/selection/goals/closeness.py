"""How near samples are, free of the unit of the embeddings: what similarity and typicality are averages of."""

import numpy as np
from numpy.typing import NDArray


def closeness(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    """exp(-d / mean d): 1 at distance 0, and everywhere where all distances are 0."""
    mean = distances.mean()
    return np.exp(-distances / mean) if mean > 0 else np.ones_like(distances)
