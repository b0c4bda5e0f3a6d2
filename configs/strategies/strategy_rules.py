"""Which strategies work on which inputs, and which keys belong to which: the tables, and the check of one entry.

The engine guards the same pairs on its own records; tests hold both tables, and that of the documentation, together.
"""

import re

from configs.errors import InputError
from configs.strategies.strategy_config import (
    DistributionType,
    InputType,
    PredictionsName,
    StrategyConfig,
    StrategyInputConfig,
    StrategyType,
    StrategyTypeConfig,
)
from configs.validated import choices_of

# (required keys, further keys) beside `type`.
INPUT_KEYS: dict[InputType, tuple[tuple[str, ...], tuple[str, ...]]] = {
    InputType.EMBEDDINGS: ((), ("task", "tag_name", "dataset_id")),
    InputType.SCORES: (("score",), ("task",)),
    InputType.METADATA: (("key",), ()),
    InputType.PREDICTIONS: (("task", "name"), ("categories",)),
    InputType.RANDOM: ((), ("random_seed",)),
}
STRATEGY_KEYS: dict[StrategyType, tuple[tuple[str, ...], tuple[str, ...]]] = {
    StrategyType.DIVERSITY: ((), ("strength", "stopping_condition_minimum_distance")),
    StrategyType.WEIGHTS: ((), ("strength", "stopping_condition_max_sum", "target_range")),
    StrategyType.THRESHOLD: (("threshold", "operation"), ()),
    StrategyType.BALANCE: ((), ("strength", "target", "distribution")),
    StrategyType.SIMILARITY: ((), ("strength",)),
    StrategyType.TYPICALITY: ((), ("strength", "num_nearest_neighbors", "stopping_condition_minimum_typicality")),
}
VALID_PAIRS: dict[str, tuple[StrategyType, ...]] = {
    "EMBEDDINGS": (StrategyType.DIVERSITY, StrategyType.TYPICALITY),
    "EMBEDDINGS of a tag": (StrategyType.SIMILARITY,),
    "SCORES": (StrategyType.WEIGHTS, StrategyType.THRESHOLD),
    "METADATA": (StrategyType.WEIGHTS, StrategyType.THRESHOLD, StrategyType.BALANCE),
    "PREDICTIONS CLASS_DISTRIBUTION": (StrategyType.BALANCE,),
    "PREDICTIONS CATEGORY_COUNT": (StrategyType.WEIGHTS, StrategyType.THRESHOLD),
    "RANDOM": (StrategyType.WEIGHTS,),
}


def kind_of_input(given: StrategyInputConfig) -> str:
    """The row of `VALID_PAIRS`."""
    if given.type is InputType.EMBEDDINGS and (given.tag_name is not None or given.dataset_id is not None):
        return "EMBEDDINGS of a tag"
    return given.type.value if given.name is None else f"{given.type.value} {given.name.value}"


def check_strategy(entry: StrategyConfig, where: str) -> None:
    """Raises InputError, with the path below `where`, for keys that are missing or do not belong, and for pairs that
    make no sense."""
    given, strategy = entry.input, entry.strategy
    _check_keys(given, INPUT_KEYS[given.type], f"{where}.input", f"input {given.type.value}")
    _check_keys(strategy, STRATEGY_KEYS[strategy.type], f"{where}.strategy", strategy.type.value)
    kind = kind_of_input(given)
    if strategy.type not in VALID_PAIRS[kind]:
        if strategy.type is StrategyType.SIMILARITY and kind == "EMBEDDINGS":
            raise InputError(f"{where}.input.tag_name is missing; SIMILARITY needs the tag whose samples to resemble")
        names = ", ".join(each.value for each in VALID_PAIRS[kind])
        raise InputError(f"{where}: {strategy.type.value} does not work on {kind}; use one of: {names}")
    _check_input(given, f"{where}.input")
    _check_aim(strategy, f"{where}.strategy")


def _check_keys(
    given: StrategyInputConfig | StrategyTypeConfig,
    keys: tuple[tuple[str, ...], tuple[str, ...]],
    where: str,
    what: str,
) -> None:
    required, further = keys
    for name, field in type(given).model_fields.items():
        value = getattr(given, name)
        if name in required and value is None:
            choices = choices_of(field.annotation)
            raise InputError(f"{where}.{name} is missing; {what} needs it{_one_of(choices)}")
        if name not in ("type", *required, *further) and value != field.default:
            takes = ", ".join((*required, *further)) or "no further key"
            raise InputError(f"{where}.{name} does not belong to {what}; it takes {takes}")


def _one_of(choices: list[str]) -> str:
    return f": one of {', '.join(choices)}" if choices else ""


def _check_input(given: StrategyInputConfig, where: str) -> None:
    if given.categories is not None:
        if given.name is not PredictionsName.CATEGORY_COUNT:
            raise InputError(f"{where}.categories belongs to the name CATEGORY_COUNT; leave it out")
        if not given.categories:
            raise InputError(f"{where}.categories is empty; name classes, or leave it out to count all")
        for place, name in enumerate(given.categories):
            if name in given.categories[:place]:
                raise InputError(f"{where}.categories[{place}]: {name!a} is named twice; name each class once")
    if given.tag_name is not None and len(given.tag_name) < 3:
        raise InputError(f"{where}.tag_name: {given.tag_name!a} is too short; tags have at least 3 characters")
    if given.dataset_id is not None:
        if not re.fullmatch("[0-9a-f]{24}", given.dataset_id):
            raise InputError(f"{where}.dataset_id: {given.dataset_id[:40]!a} is no id; ids have 24 hexadecimal digits")
        raise InputError(
            f"{where}.dataset_id: tags of other datasets are not supported yet; leave it out and mark the samples "
            f"in a column tag.{given.tag_name or 'NAME'} of the embeddings file"
        )
    if given.type is InputType.EMBEDDINGS and given.task is not None:
        raise InputError(f"{where}.task: embeddings of objects are not supported yet; leave it out")


def _check_aim(strategy: StrategyTypeConfig, where: str) -> None:
    if strategy.type is StrategyType.BALANCE:
        distribution = strategy.distribution or DistributionType.TARGET
        if distribution is DistributionType.TARGET and not strategy.target:
            raise InputError(
                f"{where}.target is missing; give shares such as {{'car': 0.5}}, or distribution UNIFORM or INPUT"
            )
        if distribution is DistributionType.TARGET and strategy.target and not sum(strategy.target.values()):
            raise InputError(f"{where}.target: all shares are 0; give at least one class a share")
        if distribution is not DistributionType.TARGET and strategy.target:
            raise InputError(f"{where}.target does not go with distribution {distribution.value}; leave one out")
    if strategy.target_range is not None:
        low, high = strategy.target_range.min_sum, strategy.target_range.max_sum
        if low > high:
            raise InputError(f"{where}.target_range: min_sum {low:g} is above max_sum {high:g}; exchange them")
        if strategy.stopping_condition_max_sum is not None:
            raise InputError(f"{where}.target_range and stopping_condition_max_sum exclude each other; leave one out")
