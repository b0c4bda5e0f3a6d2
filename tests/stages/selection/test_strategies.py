from itertools import product

import numpy as np
import pytest

from configs.errors import InputError
from selection_assets.stages.selection.strategies import (
    Balance,
    CategoryCount,
    ClassDistribution,
    Diversity,
    Embeddings,
    Goal,
    Input,
    Metadata,
    QueryEmbeddings,
    Random,
    Scores,
    Similarity,
    Strategy,
    Threshold,
    Typicality,
    Weights,
)

INPUTS: dict[str, Input] = {
    "embeddings": Embeddings(),
    "query": QueryEmbeddings(np.zeros((1, 2), np.float32)),
    "scores": Scores("a"),
    "metadata": Metadata("a"),
    "distribution": ClassDistribution("a", ("x",)),
    "count": CategoryCount("a", ("x",)),
    "random": Random(),
}
STRATEGIES: dict[str, Strategy] = {
    "diversity": Diversity(),
    "weights": Weights(),
    "threshold": Threshold(1, "BIGGER"),
    "balance": Balance({"x": 1}),
    "similarity": Similarity(),
    "typicality": Typicality(),
}
VALID = {
    ("embeddings", "diversity"),
    ("embeddings", "typicality"),
    ("query", "similarity"),
    ("scores", "weights"),
    ("scores", "threshold"),
    ("metadata", "weights"),
    ("metadata", "threshold"),
    ("metadata", "balance"),
    ("distribution", "balance"),
    ("count", "weights"),
    ("count", "threshold"),
    ("random", "weights"),
}


@pytest.mark.parametrize(("source", "strategy"), list(product(INPUTS, STRATEGIES)))
def test_table_of_pairs(source: str, strategy: str) -> None:
    if (source, strategy) in VALID:
        assert Goal(INPUTS[source], STRATEGIES[strategy]).label.endswith(f"× {strategy.upper()}")
    else:
        with pytest.raises(InputError, match=f"{strategy.upper()} does not work on"):
            Goal(INPUTS[source], STRATEGIES[strategy])


@pytest.mark.parametrize("strength", [2e9, -2e9, float("nan")])
def test_strength_bounds(strength: float) -> None:
    with pytest.raises(InputError, match="strength"):
        Goal(Embeddings(), Diversity(), strength)
