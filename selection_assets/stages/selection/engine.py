"""The selection engine: a table, embeddings and a request in; picks with their reasons out.

It applies the thresholds, settles the number of picks, hands the rest to the loop that fits, and collects the result.
What a goal means is in `goals`, one file per strategy and input; the formulas are in docs/selection.md.
"""

import logging
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies.strategy_config import StrategyType
from configs.strategies.strategy_rules import STRATEGIES as RULES
from selection_assets.stages.selection.distances.checked_inputs import (
    checked_candidates,
    checked_embeddings,
    checked_rows,
)
from selection_assets.stages.selection.distances.nearest_selected import distances_when_picked
from selection_assets.stages.selection.goals import threshold
from selection_assets.stages.selection.goals.distance_potential import DistancePotential
from selection_assets.stages.selection.goals.goal_table import STRATEGIES
from selection_assets.stages.selection.goals.potentials import SumPotential
from selection_assets.stages.selection.goals.random import Random
from selection_assets.stages.selection.goals.request import SelectionRequest
from selection_assets.stages.selection.goals.scene import Scene, Term
from selection_assets.stages.selection.loops.farthest_point import farthest_point
from selection_assets.stages.selection.loops.joint_loop import JointLoop, JointPicks
from selection_assets.stages.selection.loops.picks import Picks, n_samples_sentence, no_candidates_sentence
from selection_assets.stages.selection.loops.random_selection import random_selection
from selection_assets.stages.selection.selection_result import GoalOutcome, SelectionResult
from selection_assets.stages.selection.target_size import TargetSize, target_size

log = logging.getLogger("winnow")

NOTHING_NEW = "No new sample is left to select from: every usable one is in the datapool already, or fails a threshold."


def select(table: pl.DataFrame, embeddings: NDArray[np.floating] | None, request: SelectionRequest) -> SelectionResult:
    """Select rows of `table` as `request` asks.

    table: one row per sample, with the columns that the goals name. embeddings: (n, d), row i of sample i, or None
    where no goal needs them. The same input and seed give the same picks on any number of threads; of samples that are
    equally good the one with the lowest row is picked. Goals of strength 0 are not looked at.

    Raises InputError for anything that the user can mend: missing columns, values that are no numbers, unknown
    classes, vectors that are not finite, thresholds that leave nothing.
    """
    on = [place for place, goal in enumerate(request.goals) if goal.is_on]
    result = _select(table, embeddings, replace(request, goals=tuple(request.goals[place] for place in on)))
    if len(on) == len(request.goals):
        return result
    found = dict(zip(on, result.goals, strict=True))
    return replace(
        result,
        goals=tuple(found.get(place, GoalOutcome(goal.label, 0.0, {}, {})) for place, goal in enumerate(request.goals)),
        removed_by=np.array([*on, -1], np.int16)[result.removed_by],
    )


def _select(table: pl.DataFrame, embeddings: NDArray[np.floating] | None, request: SelectionRequest) -> SelectionResult:
    n = table.height
    if not request.goals:
        raise InputError(
            "selection: there is no strategy with a strength; give at least one, for instance EMBEDDINGS × DIVERSITY"
        )
    if embeddings is not None and len(checked_embeddings(embeddings)) != n:
        raise InputError(f"embeddings: {len(embeddings)} rows for {n} samples")
    counted = checked_rows("preselected", request.preselected, n)
    pool = np.setdiff1d(checked_rows("datapool", request.datapool, n), counted)
    selected = np.concatenate([pool, counted])
    mask = checked_candidates(request.candidates, n, selected)
    considered = mask.copy()
    considered[selected] = True
    if not mask.any() and not len(selected):
        raise InputError(f"selection: none of the {n} samples may be selected; all are masked, corrupt or duplicates")

    scene = Scene(table, embeddings, request, considered, selected, counted)
    removed_by, threshold_outcomes = _apply_thresholds(scene, mask)
    size = _size(scene, mask)
    scene = Scene(table, embeddings, request, considered, selected, counted, size.new_picks, scene.warnings)
    terms = [
        STRATEGIES[goal.type].make_term(goal, scene)
        for goal in request.goals
        if goal.type is not StrategyType.THRESHOLD
    ]
    if size.skip:
        rows = np.flatnonzero(mask)
        sentence = (size.messages + size.warnings)[0]
        joint = JointPicks(rows, np.full((len(rows), len(terms)), np.nan), sentence)
    else:
        joint = _pick(scene, terms, mask, size)

    for line in size.messages:
        log.info(line)
    warnings = (*size.warnings, *scene.warnings)
    for line in warnings:
        log.warning(line)
    picks = _table_of_picks(scene, terms, joint, skipped=size.skip)
    outcomes = iter(term.outcome(picks) for term in terms)
    goals = tuple(
        threshold_outcomes[i] if i in threshold_outcomes else next(outcomes) for i in range(len(request.goals))
    )
    return SelectionResult(
        picks=picks,
        stop_reason=joint.stop_reason,
        skipped=size.skip,
        goals=goals,
        removed_by=removed_by,
        messages=size.messages,
        warnings=warnings,
    )


def _apply_thresholds(scene: Scene, mask: NDArray[np.bool_]) -> tuple[NDArray[np.int16], dict[int, GoalOutcome]]:
    """Take the rows that a threshold removes out of `mask`; returns which goal removed each row, and the outcomes."""
    removed_by = np.full(scene.table.height, -1, np.int16)
    outcomes = {}
    for i, goal in enumerate(scene.request.goals):
        if goal.type is StrategyType.THRESHOLD:
            removed, outcomes[i] = threshold.apply(goal, scene, mask)
            removed_by[removed] = i
    return removed_by, outcomes


def _size(scene: Scene, mask: NDArray[np.bool_]) -> TargetSize:
    request = scene.request
    remaining = int(mask.sum()) + len(scene.counted)
    if not remaining:  # a datapool, and nothing new that passes the thresholds
        return TargetSize(skip=True, new_picks=0, total=0, warnings=(NOTHING_NEW,))
    return target_size(
        request.n_samples,
        n_input=request.n_input if request.n_input is not None else scene.table.height,
        n_remaining=remaining,
        n_preselected=len(scene.counted),
        min_distance=request.min_spacing,
        has_other_conditions=any(RULES[goal.type].conditions(goal.strategy) for goal in request.goals),
    )


def _pick(scene: Scene, terms: list[Term], mask: NDArray[np.bool_], size: TargetSize) -> JointPicks:
    spacing = scene.request.min_spacing
    limit = int(mask.sum()) if size.new_picks is None else min(size.new_picks, int(mask.sum()))
    if not limit:
        sentence = n_samples_sentence(0) if size.new_picks == 0 else no_candidates_sentence(0)
        return JointPicks(np.empty(0, np.int64), np.empty((0, len(terms))), sentence)
    if len(terms) == 1 and (alone := _pick_alone(scene, terms[0], mask, limit, size.new_picks)) is not None:
        return alone
    spaced = None
    if spacing is not None:
        spaced = next(
            (t.potential for t in terms if isinstance(t.potential, DistancePotential) and t.potential.of_samples), None
        )
        if spaced is None:
            if scene.embeddings is None:
                raise InputError("min_spacing: distances need embeddings, and there are none")
            spaced = DistancePotential(scene.embeddings, 0.0, scene.table.height, picks_wanted=scene.picks_wanted)
            spaced.select_before(scene.selected)
    loop = JointLoop([term.potential for term in terms], mask, size.new_picks, spaced, spacing)
    return loop.run()


def _pick_alone(
    scene: Scene, term: Term, mask: NDArray[np.bool_], limit: int, new_picks: int | None
) -> JointPicks | None:
    """The picks of a goal that has a loop of its own when it is alone; None for others."""
    goal, potential, spacing = term.goal, term.potential, scene.request.min_spacing
    before = scene.selected
    if isinstance(potential, DistancePotential) and potential.of_samples and goal.strength > 0 and spacing is None:
        picks = farthest_point(
            potential.state.embeddings,
            n_samples=new_picks,
            min_distance=potential.minimum,
            preselected=before,
            candidates=mask,
            seed=scene.request.seed,
        )
        return _joint(picks, picks.distance)
    if not isinstance(potential, SumPotential):
        return None
    if isinstance(goal.input, Random) and goal.strength > 0 and not potential.stops:
        picks = random_selection(
            scene.embeddings,
            scene.table.height,
            n_samples=new_picks,
            min_distance=spacing,
            preselected=before,
            candidates=mask,
            seed=scene.request.seed if goal.input.seed is None else goal.input.seed,
        )
        return _joint(picks, potential.values[picks.order])
    return _ranked(potential, mask, limit, new_picks) if spacing is None else None


def _joint(picks: Picks, gains: NDArray[np.float64]) -> JointPicks:
    return JointPicks(picks.order, gains[:, None], picks.stop_reason, picks.distance, picks.nearest)


def _ranked(potential: SumPotential, mask: NDArray[np.bool_], limit: int, new_picks: int | None) -> JointPicks:
    """One goal with fixed values: the rows in the order of their value, lowest index first among equals."""
    rows = np.flatnonzero(mask)
    direction = float(np.sign(potential.strength))
    order = rows[np.argsort(-direction * potential.values[rows], kind="stable")][:limit]
    stop = n_samples_sentence(len(order)) if len(order) == new_picks else no_candidates_sentence(len(order))
    for k, row in enumerate(order.tolist() if potential.stops else []):
        reason = potential.stop(row)
        if reason is not None:
            order, stop = order[:k], reason
            break
        potential.pick(row)
    return JointPicks(order, potential.values[order][:, None], stop)


def _table_of_picks(scene: Scene, terms: list[Term], joint: JointPicks, *, skipped: bool) -> pl.DataFrame:
    k = len(joint.order)
    table = pl.DataFrame({"row": joint.order, "order": np.arange(k)}, schema={"row": pl.Int64, "order": pl.Int64})
    distance, nearest = np.full(k, np.nan), np.full(k, -1, np.int64)
    if joint.distance is not None and joint.nearest is not None:
        distance, nearest = joint.distance, joint.nearest
    elif scene.embeddings is not None and k and not skipped:
        distance, nearest = distances_when_picked(scene.embeddings, scene.selected, joint.order)
    columns = [
        pl.Series("nearest", nearest).replace(-1, None),
        pl.Series("distance", distance).fill_nan(None),
    ]
    for place, term in enumerate(terms):
        name = term.goal.label
        same = [other.goal.label for other in terms[:place]].count(name)
        gain = pl.Series(f"{name} ({same + 1})" if same else name, joint.gains[:, place]).fill_nan(None)
        columns.append(gain)
    return table.with_columns(columns)
