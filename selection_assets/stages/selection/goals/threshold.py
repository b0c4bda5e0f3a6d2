"""THRESHOLD: only samples whose value stands in a relation to a number; the others are removed before anything else."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies.threshold import Operation, Threshold
from selection_assets.stages.selection.goals.numeric_input import numbers
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.scene import Scene, Term
from selection_assets.stages.selection.selection_result import GoalOutcome

SIGNS = {
    Operation.SMALLER: "<",
    Operation.SMALLER_EQUAL: "≤",
    Operation.BIGGER: ">",
    Operation.BIGGER_EQUAL: "≥",
}


def apply(goal: Goal, scene: Scene, mask: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], GoalOutcome]:
    """(n,) the rows of `mask` that the threshold removes, and what it reports; `mask` loses them.

    Raises InputError where nothing is left, and nothing was selected before.
    """
    assert isinstance(goal.strategy, Threshold)
    threshold, operation = goal.strategy.threshold, goal.strategy.operation
    assert threshold is not None and operation is not None
    removed = mask & ~keeps(numbers(goal, scene), threshold, operation)
    before = int(mask.sum())
    mask &= ~removed
    if before and not mask.any() and not len(scene.selected):
        raise InputError(
            f"{goal.label}: none of the {before} samples left has a value {operation} {threshold:g}; "
            "loosen the threshold"
        )
    asked = {"threshold": threshold, "operation": operation.value}
    reached = {"kept": int(mask.sum()), "removed": int(removed.sum())}
    return removed, GoalOutcome(goal.label, 1.0, asked, reached)


def keeps(values: NDArray[np.float64], threshold: float, operation: Operation) -> NDArray[np.bool_]:
    """(n,) whether the value stands in the asked relation to the threshold."""
    match operation:
        case Operation.SMALLER:
            return values < threshold
        case Operation.SMALLER_EQUAL:
            return values <= threshold
        case Operation.BIGGER:
            return values > threshold
        case Operation.BIGGER_EQUAL:
            return values >= threshold


def make_term(goal: Goal, scene: Scene) -> Term:
    """A threshold rates nothing."""
    raise AssertionError(goal)


def removed_reason(goal: Goal) -> str:
    """Why a sample that does not meet it can never be picked."""
    assert isinstance(goal.strategy, Threshold)
    return f"threshold: {goal.input.detail} is not {goal.strategy.operation} {goal.strategy.threshold:g}"


def aim(goal: Goal) -> str:
    return "passes every threshold"


def asked_text(asked: Mapping[str, Any], wanted: bool) -> str:
    return f"only values {SIGNS[Operation(asked['operation'])]} {asked['threshold']:g}"


def reached_text(reached: Mapping[str, Any]) -> str:
    return f"{reached['removed']:,} samples removed, {reached['kept']:,} left"
