"""From a typed selection config, of either generation, to the request of the engine and the columns that it names."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.stages.selection import SelectionConfig
from configs.strategies.strategy_config import StrategyConfig
from configs.strategies.strategy_rules import STRATEGIES, keys_of
from selection_assets.stages.selection.goals.goal_table import INPUTS
from selection_assets.stages.selection.goals.request import Goal, SelectionRequest
from selection_assets.stages.selection.goals.sample_columns import FoundColumns, TagVectors
from selection_assets.stages.selection.goals.scores import Scores
from selection_assets.stages.selection.target_size import requested_total


@dataclass(frozen=True, eq=False)
class BuiltRequest:
    """The request, the table with the columns that its goals name (one row per sample), and what it was made of.

    entries: all strategies in the words of `selection_config`; those that are switched on are the goals, in order.
    queries (n,): samples of a query; they are compared with, and no candidates themselves.
    scores: by name, the scores that the goals use.
    """

    request: SelectionRequest
    table: pl.DataFrame
    entries: tuple[StrategyConfig, ...]
    queries: NDArray[np.bool_]
    scores: dict[str, NDArray[np.float64]]


def selection_request(
    config: SelectionConfig,
    samples: pl.DataFrame,
    embeddings: NDArray[np.floating],
    n_input: int,
    tags: TagVectors | None = None,
) -> BuiltRequest:
    """What `config` asks of these samples. A strategy that is switched off is not read at all.

    samples: n rows of `sample_columns.with_columns_of_the_input`. embeddings: (n, d). n_input: samples of the run
    before cleaning, of which `proportion_samples` is a share. tags: every tag of another dataset that `config` names.

    Raises InputError where a column is missing or holds what does not fit, with the path of the strategy.
    """
    columns = FoundColumns(samples, embeddings, tags or {})
    goals = tuple(
        Goal(INPUTS[entry.input.type].read(columns, entry, config.place_of(place)), keys_of(entry.strategy))
        for place, entry in enumerate(config.entries)
        if entry.is_on
    )
    masked, datapool = samples["masked"].to_numpy(), samples["datapool"].to_numpy()
    preselected = samples["preselected"].to_numpy() & ~datapool & ~masked
    request = SelectionRequest(
        goals=goals,
        n_samples=config.asked,
        n_input=n_input,
        candidates=~masked & ~columns.queries,
        preselected=np.flatnonzero(preselected),
        datapool=np.flatnonzero(datapool),
        min_spacing=config.min_spacing,
        seed=config.seed,
    )
    table = pl.DataFrame({"filename": samples["filename"], **columns.found})
    named = [goal.input.column for goal in goals if isinstance(goal.input, Scores)]
    scores = {name: columns.found[name].to_numpy() for name in named}
    queries = columns.queries & ~preselected & ~masked & ~datapool
    return BuiltRequest(request, table, config.entries, queries, scores)


def stopping_conditions(config: SelectionConfig, n_input: int) -> list[str]:
    """What may end the selection, as `name=value`. Raises InputError as `requested_total`."""
    total = requested_total(config.asked, n_input)
    found = [] if total is None else [f"n_samples={total}"]
    if not config.strategies and config.min_distance is not None:
        found.append(f"min_distance={config.min_distance + 0.0:g}")
    for entry in config.strategies:
        if entry.is_on:
            found += STRATEGIES[entry.strategy.type].conditions(entry.strategy)
    return found
