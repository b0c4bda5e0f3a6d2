"""What a strategy asked for and reached, in words for the tables of the report. The numbers are in report.json."""

from collections.abc import Mapping
from typing import Any

from configs.strategies.strategy_config import StrategyType
from selection_assets.stages.selection.goals.goal_table import STRATEGIES


def asked_text(goal: Mapping[str, Any]) -> str:
    """What was asked for. `goal` is one entry of `selection.strategies` in the report."""
    if _is_off(goal):
        return "nothing: its strength is 0"
    return STRATEGIES[StrategyType(goal["strategy"]["type"])].asked_text(goal["asked"], goal["strength"] > 0)


def reached_text(goal: Mapping[str, Any]) -> str:
    """What was reached, beside what the input would have given."""
    if _is_off(goal):
        return "–"
    return STRATEGIES[StrategyType(goal["strategy"]["type"])].reached_text(goal["reached"])


def _is_off(goal: Mapping[str, Any]) -> bool:
    return not goal["strength"] and goal["strategy"]["type"] != StrategyType.THRESHOLD
