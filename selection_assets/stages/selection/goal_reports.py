"""What each strategy of a selection asked for and what was reached, as plain values for tables and reports."""

import math
from typing import Any

from configs.run_settings import plain
from configs.strategies.strategy_config import StrategyType
from selection_assets.stages.selection.selection_request import BuiltRequest
from selection_assets.stages.selection.selection_result import SelectionResult


def goal_reports(built: BuiltRequest, result: SelectionResult) -> list[dict[str, Any]]:
    """One dictionary per strategy, ready for JSON: label; input and strategy in the words of `selection_config`;
    strength; asked; reached."""
    return [
        {
            "label": goal.label,
            "input": _given(plain(entry.input)),
            "strategy": _given(plain(entry.strategy)),
            "strength": goal.strength,
            "asked": _finite(goal.asked),
            "reached": _finite(goal.reached | _distances(entry.strategy.type, result)),
        }
        for entry, goal in zip(built.entries, result.goals, strict=True)
    ]


def _distances(strategy: StrategyType, result: SelectionResult) -> dict[str, float]:
    distance = result.picks["distance"].drop_nulls()
    if strategy is not StrategyType.DIVERSITY or distance.is_empty():
        return {}
    return {"smallest_distance": float(distance.min()), "mean_distance": float(distance.mean())}  # type: ignore[arg-type]


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and name != "strength"}


def _finite(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _finite(value) for name, value in values.items()}
    return None if isinstance(values, float) and not math.isfinite(values) else values
