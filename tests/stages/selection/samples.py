"""Random samples that the tests of the engine share."""

from typing import Any

import numpy as np
import polars as pl

from configs.strategies.diversity import Diversity
from selection_assets.stages.selection.goals.embeddings import Embeddings
from selection_assets.stages.selection.goals.request import Goal

DIVERSE = Goal(Embeddings(), Diversity())
CLASSES = ("car", "bus", "tram")


def table(n: int = 40, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "score": rng.random(n),
            "celsius": rng.normal(5, 10, n),
            "weather": [["sun", "rain", "snow"][k] for k in rng.integers(0, 3, n)],
            "night": rng.random(n) < 0.2,
            "objects": rng.integers(0, 4, (n, 3)).astype(float).tolist(),
        }
    )


def vectors(n: int = 40, d: int = 4, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
