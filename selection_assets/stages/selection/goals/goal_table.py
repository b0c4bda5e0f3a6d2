"""The table of all strategies and inputs: which file beside this one knows which."""

from collections.abc import Mapping
from typing import Any, Protocol

from configs.strategies.strategy_config import InputType, StrategyConfig, StrategyType
from selection_assets.stages.selection.goals import (
    balance,
    diversity,
    embeddings,
    metadata,
    predictions,
    random,
    scores,
    similarity,
    threshold,
    typicality,
    weights,
)
from selection_assets.stages.selection.goals.request import Goal, Input
from selection_assets.stages.selection.goals.sample_columns import FoundColumns
from selection_assets.stages.selection.goals.scene import Scene, Term


class StrategyFile(Protocol):
    """make_term: the goal at work. aim: why a sample was the next pick. The texts are for the report: what was asked
    (wanted: not the opposite of it), and what was reached."""

    def make_term(self, goal: Goal, scene: Scene) -> Term: ...
    def aim(self, goal: Goal) -> str: ...
    def asked_text(self, asked: Mapping[str, Any], wanted: bool) -> str: ...
    def reached_text(self, reached: Mapping[str, Any]) -> str: ...


class InputFile(Protocol):
    """read: the record of the input, with what it names found and checked."""

    def read(self, found: FoundColumns, entry: StrategyConfig, where: str) -> Input: ...


STRATEGIES: dict[StrategyType, StrategyFile] = {
    StrategyType.DIVERSITY: diversity,
    StrategyType.WEIGHTS: weights,
    StrategyType.THRESHOLD: threshold,
    StrategyType.BALANCE: balance,
    StrategyType.SIMILARITY: similarity,
    StrategyType.TYPICALITY: typicality,
}
INPUTS: dict[InputType, InputFile] = {
    InputType.EMBEDDINGS: embeddings,
    InputType.SCORES: scores,
    InputType.METADATA: metadata,
    InputType.PREDICTIONS: predictions,
    InputType.RANDOM: random,
}
