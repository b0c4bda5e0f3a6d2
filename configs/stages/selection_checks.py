"""The columns of an embeddings file that a selection needs: what can be said from its header, before any work.

The stages check the values themselves; `configs.run_checks` what settings say without the file.
"""

from collections.abc import Sequence

from configs.errors import InputError
from configs.stages.selection import SelectionConfig
from configs.strategies.strategy_config import InputType
from configs.strategies.strategy_rules import INPUTS


def check_header(selection: SelectionConfig, columns: Sequence[str]) -> None:
    """Raises InputError for scores, metadata, predictions and tags that have no column to come from.

    columns: those behind `labels` in the embeddings file of the run.
    """
    for place, entry in enumerate(selection.entries):
        if not entry.is_on:
            continue
        rules = INPUTS[entry.input.type]
        name = rules.column(entry.input)
        if name is None or _is_there(name, columns):
            continue
        below = ".tag_name" if entry.input.type is InputType.EMBEDDINGS else ""
        raise absent_column(f"{selection.place_of(place)}{below}", rules.COMES, name, columns)


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
