"""Why a sample was picked, and why another one never could be: the words of the reports and tables."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from configs.strategies.strategy_config import StrategyType
from selection_assets.stages.selection.goals.goal_table import STRATEGIES
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.selection_request import BuiltRequest
from selection_assets.stages.selection.goals.threshold import removed_reason
from selection_assets.stages.selection.selection_result import SelectionResult

KEPT = "all remaining samples are kept"
QUERY = "query: others are compared with it"


def reason_of_picks(goals: Sequence[Goal], *, skipped: bool) -> str:
    """What made a sample the next pick, in one phrase for all picks: the gains tell how much each goal liked it."""
    if skipped:
        return KEPT
    aims = [STRATEGIES[goal.type].aim(goal) for goal in goals if goal.type is not StrategyType.THRESHOLD and goal.is_on]
    if not aims:
        return "passes every threshold"
    return aims[0] if len(aims) == 1 else f"best of all goals together: {', '.join(aims)}"


def with_reasons(
    removed: pl.DataFrame, filenames: pl.Series, built: BuiltRequest, result: SelectionResult
) -> pl.DataFrame:
    """`removed` (filename, …, reason) with the reason of those that a threshold removed, or that are a query.

    filenames (n,): of the rows of the request.
    """
    reasons: dict[str, str] = {}
    for place, goal in enumerate(built.request.goals):
        if goal.type is StrategyType.THRESHOLD:
            rows = np.flatnonzero(result.removed_by == place)
            reasons |= dict.fromkeys(filenames[rows].to_list(), removed_reason(goal))
    reasons |= dict.fromkeys(filenames.filter(pl.Series(built.queries)).to_list(), QUERY)
    if not reasons:
        return removed
    table = pl.DataFrame({"filename": list(reasons), "other": list(reasons.values())})
    joined = removed.join(table, on="filename", how="left", maintain_order="left")
    return joined.with_columns(reason=pl.coalesce("other", "reason")).drop("other")
