"""What each strategy of a selection asked for and what was reached, as plain values for tables and reports."""

import math
from typing import Any

from configs.run_settings import plain
from configs.strategies.strategy_config import StrategyConfig
from configs.strategies.strategy_rules import label_of
from selection_assets.stages.selection.goals.selection_request import BuiltRequest
from selection_assets.stages.selection.selection_result import GoalOutcome, SelectionResult


def goal_reports(built: BuiltRequest, result: SelectionResult) -> list[dict[str, Any]]:
    """One dictionary per strategy, ready for JSON: label; input and strategy in the words of `selection_config`;
    strength; asked; reached. The last two are empty for a strategy that is switched off."""
    outcomes = iter(result.goals)
    return [_report(entry, next(outcomes) if entry.is_on else None) for entry in built.entries]


def _report(entry: StrategyConfig, outcome: GoalOutcome | None) -> dict[str, Any]:
    return {
        "label": label_of(entry) if outcome is None else outcome.label,
        "input": _given(plain(entry.input)),
        "strategy": _given(plain(entry.strategy)),
        "strength": entry.strategy.strength,
        "asked": {} if outcome is None else _finite(outcome.asked),
        "reached": {} if outcome is None else _finite(outcome.reached),
    }


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and name != "strength"}


def _finite(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _finite(value) for name, value in values.items()}
    return None if isinstance(values, float) and not math.isfinite(values) else values
