"""What the selection must be together with other settings, and with the columns of an embeddings file.

All of it can be said before any work; the stages check the values themselves again.
"""

from collections.abc import Sequence

from configs.errors import InputError
from configs.stages.dedup import NormalizationConfig
from configs.stages.selection import SelectionConfig
from configs.strategies.strategy_config import InputType, StrategyType
from configs.strategies.strategy_rules import INPUTS

FARTHEST = 2.0  # between two vectors of length 1


def check_min_distance(selection: SelectionConfig, normalization: NormalizationConfig, where: str) -> None:
    """Raises InputError for a minimum distance that no two unit vectors have. Without normalisation any will do."""
    if not normalization.normalize_embeddings:
        return
    if not selection.strategies:
        _refuse_beyond(selection.min_distance, f"{where}.stopping_condition.min_distance")
    for place, entry in enumerate(selection.strategies):
        if entry.strategy.type is StrategyType.DIVERSITY and entry.is_on:
            path = f"{where}.strategies[{place}].strategy.stopping_condition_minimum_distance"
            _refuse_beyond(entry.strategy.stopping_condition_minimum_distance, path)


def _refuse_beyond(distance: float | None, path: str) -> None:
    if distance is not None and distance > FARTHEST:
        raise InputError(
            f"{path}: {distance} is more than 2, and normalized embeddings are never farther apart; give a distance "
            "from 0 to 2, or set normalize_embeddings=False"
        )


def check_columns(selection: SelectionConfig, columns: Sequence[str] | None) -> None:
    """Raises InputError for scores, metadata, predictions and tags that have no column to come from.

    columns: those behind `labels` in the embeddings file of the run; None: the run has no such file.
    """
    for place, entry in enumerate(selection.entries):
        if not entry.is_on:
            continue
        rules = INPUTS[entry.input.type]
        name = rules.column(entry.input)
        if name is None or _is_there(name, columns or ()):
            continue
        below = ".tag_name" if entry.input.type is InputType.EMBEDDINGS else ""
        raise absent_column(f"{selection.place_of(place)}{below}", rules.COMES, name, columns or ())


def needs_scores(selection: SelectionConfig) -> tuple[str, ...]:
    """The columns of scores that the selection needs: `coral` one, and each SCORES strategy that is switched on."""
    found = [entry.input for entry in selection.entries if entry.is_on and entry.input.type is InputType.SCORES]
    return tuple(dict.fromkeys(str(INPUTS[each.type].column(each)) for each in found))


def absent_column(where: str, comes: str, name: str, columns: Sequence[str]) -> InputError:
    """`comes`: `scores come`; `columns`: those behind `labels` that there are."""
    found = (
        f"its columns behind labels are {', '.join(columns[:20])}" if columns else "there is no column behind labels"
    )
    return InputError(f"{where}: {comes} from a column of an embeddings file (embeddings=…), here {name}; {found}")


def _is_there(name: str, columns: Sequence[str]) -> bool:
    prefix, of_classes, _ = name.partition("<class>")
    return any(column.startswith(prefix) for column in columns) if of_classes else name in columns
