"""From a typed selection config, of either generation, to the request of the engine and the columns that it names.

Both generations become the same list of strategies here. What a column holds is read in `sample_columns`; nothing is
selected here.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.stages.selection import SelectionConfig
from configs.strategies.strategy_config import (
    DistributionType,
    InputType,
    PredictionsName,
    StrategyConfig,
    StrategyInputConfig,
    StrategyType,
    StrategyTypeConfig,
)
from selection_assets.stages.selection import sample_columns
from selection_assets.stages.selection.strategies import (
    Balance,
    CategoryCount,
    ClassDistribution,
    Diversity,
    Embeddings,
    Goal,
    Input,
    Metadata,
    QueryEmbeddings,
    Random,
    Scores,
    SelectionRequest,
    Similarity,
    Strategy,
    Threshold,
    Typicality,
    Weights,
)
from selection_assets.stages.selection.target_size import requested_total


@dataclass(frozen=True, eq=False)
class BuiltRequest:
    """The request, the table with the columns that its goals name (one row per sample), and what it was made of.

    entries: the strategies in the words of `selection_config`, one per goal.
    queries (n,): samples of a query; they are compared with, and no candidates themselves.
    scores: by name, the scores that the goals use.
    """

    request: SelectionRequest
    table: pl.DataFrame
    entries: tuple[StrategyConfig, ...]
    queries: NDArray[np.bool_]
    scores: dict[str, NDArray[np.float64]]


def selection_request(
    config: SelectionConfig, samples: pl.DataFrame, embeddings: NDArray[np.floating], n_input: int
) -> BuiltRequest:
    """What `config` asks of these samples.

    samples: n rows of `sample_columns.with_columns_of_the_input`. embeddings: (n, d). n_input: samples of the run
    before cleaning, of which `proportion_samples` is a share.

    Raises InputError where a column is missing or holds what does not fit, with the path of the strategy.
    """
    entries = strategies_of(config)
    columns = _Columns(samples, embeddings)
    goals = []
    for place, entry in enumerate(entries):
        strategy = _strategy(entry.strategy)
        given = columns.input_of(entry, _where(config, place))
        goals.append(Goal(given, strategy, entry.strategy.strength))
    masked, datapool = samples["masked"].to_numpy(), samples["datapool"].to_numpy()
    preselected = samples["preselected"].to_numpy() & ~datapool & ~masked
    request = SelectionRequest(
        goals=tuple(goals),
        n_samples=config.asked,
        n_input=n_input,
        candidates=~masked & ~columns.queries,
        preselected=np.flatnonzero(preselected),
        datapool=np.flatnonzero(datapool),
        min_spacing=_spacing(config),
        seed=config.seed,
    )
    table = pl.DataFrame({"filename": samples["filename"], **columns.found})
    named = [goal.input.column for goal in goals if isinstance(goal.input, Scores)]
    scores = {name: columns.found[name].to_numpy() for name in named}
    return BuiltRequest(request, table, entries, columns.queries & ~preselected & ~masked & ~datapool, scores)


def strategies_of(config: SelectionConfig) -> tuple[StrategyConfig, ...]:
    """The strategies of either generation: `coreset` is EMBEDDINGS × DIVERSITY, `random` RANDOM × WEIGHTS, `coral`
    EMBEDDINGS × DIVERSITY with SCORES × WEIGHTS."""
    if config.strategies:
        return tuple(config.strategies)
    # A coreset ends at the minimum distance; the other methods pass over what is too near, see `_spacing`.
    distance = config.stopping_condition.min_distance if config.method == "coreset" else None
    diversity = StrategyConfig(
        input=StrategyInputConfig(type=InputType.EMBEDDINGS),
        strategy=StrategyTypeConfig(type=StrategyType.DIVERSITY, stopping_condition_minimum_distance=distance),
    )
    weights = StrategyTypeConfig(type=StrategyType.WEIGHTS)
    if config.method == "random":
        return (StrategyConfig(input=StrategyInputConfig(type=InputType.RANDOM), strategy=weights),)
    if config.method == "coral":
        task = config.active_learning_task_name or None
        score = config.active_learning_score_name if task else config.active_learning_score_column_name
        scores = StrategyInputConfig(type=InputType.SCORES, task=task, score=score)
        return diversity, StrategyConfig(input=scores, strategy=weights)
    return (diversity,)


def stopping_conditions(config: SelectionConfig, n_input: int) -> list[str]:
    """What may end the selection, as `name=value`."""
    total = requested_total(config.asked, n_input)
    found = [] if total is None else [f"n_samples={total}"]
    if not config.strategies and config.min_distance is not None:
        found.append(f"min_distance={config.min_distance:g}")
    for entry in config.strategies:
        strategy = entry.strategy
        for name in ("minimum_distance", "minimum_typicality", "max_sum"):
            value = getattr(strategy, f"stopping_condition_{name}")
            if value is not None:
                found.append(f"{name}={value:g}")
        if strategy.target_range is not None:
            found.append(f"target_range={strategy.target_range.min_sum:g} to {strategy.target_range.max_sum:g}")
    return found


def _spacing(config: SelectionConfig) -> float | None:
    return None if config.strategies or config.method == "coreset" else config.min_distance


def _where(config: SelectionConfig, place: int) -> str:
    if config.strategies:
        return f"selection_config.strategies[{place}].input"
    if config.method != "coral":
        return f"method={config.method}"
    if config.active_learning_task_name:
        task, score = config.active_learning_task_name, config.active_learning_score_name
        return f"method=coral, active_learning.task_name={task}, active_learning.score_name={score}"
    return f"method=coral, active_learning_score_column_name={config.active_learning_score_column_name}"


@dataclass(eq=False)
class _Columns:
    """Collects the columns that goals name, while their inputs are made."""

    samples: pl.DataFrame
    embeddings: NDArray[np.floating]
    found: dict[str, pl.Series] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queries = np.zeros(len(self.samples), bool)

    def input_of(self, entry: StrategyConfig, where: str) -> Input:
        given = entry.input
        match given.type:
            case InputType.EMBEDDINGS if given.tag_name is not None:
                rows = sample_columns.tagged(self.samples, given.tag_name, f"{where}.tag_name")
                self.queries |= rows
                return QueryEmbeddings(self.embeddings[rows], given.tag_name)
            case InputType.EMBEDDINGS:
                return Embeddings()
            case InputType.SCORES:
                name = given.score if given.task is None else f"{given.task}.{given.score}"
                return Scores(self._add(str(name), sample_columns.score(self.samples, str(name), where)))
            case InputType.METADATA:
                return Metadata(self._metadata(str(given.key), entry.strategy.type, where))
            case InputType.PREDICTIONS:
                return self._predictions(given, where)
            case InputType.RANDOM:
                return Random(given.random_seed)

    def _metadata(self, key: str, strategy: StrategyType, where: str) -> str:
        if strategy is StrategyType.BALANCE:
            return self._add(key, sample_columns.metadata_classes(self.samples, key, where), " (classes)")
        return self._add(key, sample_columns.metadata_numbers(self.samples, key, where))

    def _predictions(self, given: StrategyInputConfig, where: str) -> Input:
        assert given.name is not None and given.task is not None
        name = given.name.value.lower()
        lists, classes = sample_columns.class_vectors(self.samples, given.task, name, where)
        column = self._add(f"{given.task}.{name}", lists)
        if given.name is PredictionsName.CLASS_DISTRIBUTION:
            return ClassDistribution(column, classes)
        return CategoryCount(column, classes, tuple(given.categories or ()))

    def _add(self, name: str, values: pl.Series, note: str = "") -> str:
        """Keep a column under `name`; where other values have that name already, with the note."""
        if name in self.found and not self.found[name].equals(values, null_equal=True):
            name += note
        self.found[name] = values
        return name


def _strategy(given: StrategyTypeConfig) -> Strategy:
    match given.type:
        case StrategyType.DIVERSITY:
            return Diversity(given.stopping_condition_minimum_distance)
        case StrategyType.WEIGHTS:
            sums = given.target_range
            return Weights(given.stopping_condition_max_sum, None if sums is None else (sums.min_sum, sums.max_sum))
        case StrategyType.THRESHOLD:
            assert given.threshold is not None and given.operation is not None
            return Threshold(given.threshold, given.operation.value)
        case StrategyType.BALANCE:
            distribution = given.distribution or DistributionType.TARGET
            return Balance(given.target or {}, distribution.value)
        case StrategyType.SIMILARITY:
            return Similarity()
        case StrategyType.TYPICALITY:
            neighbors = 20 if given.num_nearest_neighbors is None else given.num_nearest_neighbors
            return Typicality(neighbors, given.stopping_condition_minimum_typicality)
