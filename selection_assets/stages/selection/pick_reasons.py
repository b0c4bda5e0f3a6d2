"""Why a sample was picked, and why another one never could be: the words of the reports and tables."""

import numpy as np
import polars as pl

from selection_assets.stages.selection.selection_request import BuiltRequest
from selection_assets.stages.selection.selection_result import SelectionResult
from selection_assets.stages.selection.strategies import (
    Balance,
    Diversity,
    Goal,
    QueryEmbeddings,
    Random,
    Similarity,
    Threshold,
    Typicality,
)

KEPT = "all remaining samples are kept"


def reason_of_picks(goals: tuple[Goal, ...], *, skipped: bool) -> str:
    """What made a sample the next pick, in one phrase for all picks: the gains tell how much each goal liked it."""
    if skipped:
        return KEPT
    aims = [_aim(goal) for goal in goals if not isinstance(goal.strategy, Threshold) and goal.strength]
    if not aims:
        return "passes every threshold"
    return aims[0] if len(aims) == 1 else f"best of all goals together: {', '.join(aims)}"


def _aim(goal: Goal) -> str:
    wanted = goal.strength > 0
    match goal.strategy:
        case Diversity():
            return "farthest from everything selected before it" if wanted else "nearest to what is selected"
        case Balance():
            return f"shares of {_name(goal)} {'nearest to' if wanted else 'farthest from'} their target"
        case Similarity():
            return f"{'most' if wanted else 'least'} similar to {_name(goal)}"
        case Typicality():
            return f"{'most' if wanted else 'least'} typical"
        case _ if isinstance(goal.input, Random):
            return "random choice"
        case _:
            return f"{'highest' if wanted else 'lowest'} {_name(goal)}"


def _name(goal: Goal) -> str:
    if isinstance(goal.input, QueryEmbeddings):
        return f"tag {goal.input.name}"
    return str(getattr(goal.input, "column", ""))


def with_reasons(
    removed: pl.DataFrame, filenames: pl.Series, built: BuiltRequest, result: SelectionResult
) -> pl.DataFrame:
    """`removed` (filename, …, reason) with the reason of those that a threshold removed, or that are a query.

    filenames (n,): of the rows of the request.
    """
    reasons: dict[str, str] = {}
    for place, goal in enumerate(built.request.goals):
        if isinstance(goal.strategy, Threshold):
            rows = np.flatnonzero(result.removed_by == place)
            told = f"threshold: {_name(goal)} is not {goal.strategy.operation} {goal.strategy.threshold:g}"
            reasons |= dict.fromkeys(filenames[rows].to_list(), told)
    reasons |= dict.fromkeys(filenames.filter(pl.Series(built.queries)).to_list(), "query: others are compared with it")
    if not reasons:
        return removed
    table = pl.DataFrame({"filename": list(reasons), "other": list(reasons.values())})
    joined = removed.join(table, on="filename", how="left", maintain_order="left")
    return joined.with_columns(reason=pl.coalesce("other", "reason")).drop("other")
