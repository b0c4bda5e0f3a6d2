"""RANDOM: one uniform random number per sample."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.strategies import random
from configs.strategies.strategy_config import StrategyConfig
from selection_assets.stages.selection.goals.sample_columns import FoundColumns


@dataclass(frozen=True)
class Random:
    """`seed` None: the seed of the request."""

    kind: ClassVar[str] = random.KIND
    seed: int | None = None

    @property
    def detail(self) -> str:
        return ""

    def numbers(self, table: pl.DataFrame, considered: NDArray[np.bool_], seed: int) -> NDArray[np.float64]:
        """(n,) the numbers, which depend on the seed and the number of rows alone."""
        return random_weights(table.height, seed if self.seed is None else self.seed)


def random_weights(n: int, seed: int) -> NDArray[np.float64]:
    """(n,) uniform numbers in [0, 1). Rows in descending order of these are a uniform random order."""
    return np.random.default_rng(seed).random(n)


def read(found: FoundColumns, entry: StrategyConfig, where: str) -> Random:
    """Nothing is read."""
    return Random(entry.input.random_seed)
