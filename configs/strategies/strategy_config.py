"""One strategy of a selection: what it looks at (`input`) and what it does with it (`strategy`).

The names and the shape are those of the old product's `selection_config`: one flat dictionary of keys for all inputs,
one for all strategies. Each input and each strategy has a file of its own beside this one, with its keys, their
bounds, and what they must be together; `strategy_rules` has the table of them.
"""

from enum import StrEnum

from pydantic import Field

from configs.stages.base import StageConfig
from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.embeddings import EmbeddingsKeys
from configs.strategies.metadata import MetadataKeys
from configs.strategies.predictions import PredictionsKeys
from configs.strategies.random import RandomKeys
from configs.strategies.scores import ScoresKeys
from configs.strategies.similarity import Similarity
from configs.strategies.threshold import Threshold
from configs.strategies.typicality import Typicality
from configs.strategies.weights import Weights


class InputType(StrEnum):
    """What a strategy looks at."""

    EMBEDDINGS = "EMBEDDINGS"
    SCORES = "SCORES"
    METADATA = "METADATA"
    PREDICTIONS = "PREDICTIONS"
    RANDOM = "RANDOM"


class StrategyType(StrEnum):
    """What a strategy aims at."""

    DIVERSITY = "DIVERSITY"
    WEIGHTS = "WEIGHTS"
    THRESHOLD = "THRESHOLD"
    BALANCE = "BALANCE"
    SIMILARITY = "SIMILARITY"
    TYPICALITY = "TYPICALITY"


class _InputTyped(StageConfig):
    type: InputType = Field(description="Kind of the input.")


class _StrategyTyped(StageConfig):
    type: StrategyType = Field(description="Kind of the strategy.")


# Fields of the last base come first: `type` leads, and the keys follow in the order in which they are written.


class StrategyInputConfig(RandomKeys, EmbeddingsKeys, PredictionsKeys, MetadataKeys, ScoresKeys, _InputTyped):
    """What a strategy looks at. Which keys belong to which type: docs/selection.md."""


class StrategyTypeConfig(Weights, Similarity, Typicality, Balance, Threshold, Diversity, _StrategyTyped):
    """What a strategy aims at. Which keys belong to which type: docs/selection.md."""


class StrategyConfig(StageConfig):
    """One entry of `strategies`."""

    input: StrategyInputConfig
    strategy: StrategyTypeConfig

    @property
    def is_on(self) -> bool:
        """Strength 0 switches a strategy off: nothing of what it asks for counts. A threshold has no strength."""
        return self.strategy.type is StrategyType.THRESHOLD or self.strategy.strength != 0
