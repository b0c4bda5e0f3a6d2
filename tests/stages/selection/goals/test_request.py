from itertools import product

import numpy as np
import pytest

from configs.errors import InputError
from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.fields import Keys
from configs.strategies.similarity import Similarity
from configs.strategies.threshold import Threshold
from configs.strategies.typicality import Typicality
from configs.strategies.weights import Weights
from selection_assets.stages.selection.goals.embeddings import Embeddings, QueryEmbeddings
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.predictions import CategoryCount, ClassDistribution
from selection_assets.stages.selection.goals.random import Random
from selection_assets.stages.selection.goals.request import Goal, Input
from selection_assets.stages.selection.goals.scores import Scores

INPUTS: dict[str, Input] = {
    "embeddings": Embeddings(),
    "query": QueryEmbeddings(np.zeros((1, 2), np.float32)),
    "scores": Scores("a"),
    "metadata": Metadata("a"),
    "distribution": ClassDistribution("a", ("x",)),
    "count": CategoryCount("a", ("x",)),
    "random": Random(),
}
STRATEGIES: dict[str, Keys] = {
    "diversity": Diversity(),
    "weights": Weights(),
    "threshold": Threshold(threshold=1, operation="BIGGER"),
    "balance": Balance(target={"x": 1}),
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


def test_strength_is_that_of_the_strategy_and_0_switches_off() -> None:
    goals = [Goal(Embeddings(), Diversity(strength=strength)) for strength in (2.5, -1.0, 0.0, -0.0)]
    assert [goal.strength for goal in goals] == [2.5, -1.0, 0.0, 0.0]
    assert [goal.is_on for goal in goals] == [True, True, False, False]
    threshold = Goal(Scores("a"), Threshold(threshold=1, operation="BIGGER"))
    assert threshold.is_on and threshold.strength == 1.0
