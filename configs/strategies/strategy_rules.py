"""The table of all inputs and strategies, which of them go together, and the check of one entry of `strategies`."""

from collections.abc import Sequence
from typing import Any, Protocol

from configs.errors import InputError
from configs.strategies import (
    balance,
    diversity,
    embeddings,
    metadata,
    predictions,
    random,
    scores,
    similarity,
    threshold,
    typicality,
    weights,
)
from configs.strategies.fields import Keys
from configs.strategies.strategy_config import (
    InputType,
    StrategyConfig,
    StrategyInputConfig,
    StrategyType,
    StrategyTypeConfig,
)
from configs.validated import choices_of


class InputRules(Protocol):
    """What the file of an input says. COMES: `scores come`, for sentences about a column that is missing."""

    KEYS: Any
    REQUIRED: Any
    COMES: str

    def kind(self, given: Any) -> str: ...
    def detail(self, given: Any) -> str: ...
    def column(self, given: Any) -> str | None: ...
    def check(self, given: Any, where: str) -> None: ...


class StrategyRules(Protocol):
    """What the file of a strategy says. WORKS_ON: kinds of inputs."""

    KEYS: Any
    REQUIRED: Any
    WORKS_ON: Any

    def check(self, strategy: Any, where: str) -> None: ...
    def conditions(self, strategy: Any) -> list[str]: ...


INPUTS: dict[InputType, InputRules] = {
    InputType.EMBEDDINGS: embeddings,
    InputType.SCORES: scores,
    InputType.METADATA: metadata,
    InputType.PREDICTIONS: predictions,
    InputType.RANDOM: random,
}
STRATEGIES: dict[StrategyType, StrategyRules] = {
    StrategyType.DIVERSITY: diversity,
    StrategyType.WEIGHTS: weights,
    StrategyType.THRESHOLD: threshold,
    StrategyType.BALANCE: balance,
    StrategyType.SIMILARITY: similarity,
    StrategyType.TYPICALITY: typicality,
}
KINDS = (
    embeddings.KIND,
    embeddings.OF_A_TAG,
    scores.KIND,
    metadata.KIND,
    predictions.CLASS_DISTRIBUTION,
    predictions.CATEGORY_COUNT,
    random.KIND,
)
# Which strategies work on which kind of input.
VALID_PAIRS: dict[str, tuple[StrategyType, ...]] = {
    kind: tuple(strategy for strategy, rules in STRATEGIES.items() if kind in rules.WORKS_ON) for kind in KINDS
}


def kind_of_input(given: StrategyInputConfig) -> str:
    """The row of `VALID_PAIRS`."""
    return INPUTS[given.type].kind(given)


def label_of(entry: StrategyConfig) -> str:
    """`METADATA lightly.sharpness × WEIGHTS`: what reports and messages call it."""
    detail = INPUTS[entry.input.type].detail(entry.input)
    return f"{' '.join(filter(None, [kind_of_input(entry.input), detail]))} × {entry.strategy.type.value}"


def type_of(strategy: Keys) -> StrategyType:
    """The type whose own keys these are."""
    return next(each for each, rules in STRATEGIES.items() if rules.KEYS is type(strategy))


def keys_of(strategy: StrategyTypeConfig) -> Keys:
    """The strategy with its own keys alone, as the class of its file."""
    kind: type[Keys] = STRATEGIES[strategy.type].KEYS
    return kind(**{name: getattr(strategy, name) for name in kind.model_fields})


def check_strategy(entry: StrategyConfig, where: str) -> None:
    """Raises InputError, with the path below `where`, for keys that are missing or do not belong, and for pairs that
    make no sense."""
    given, strategy = entry.input, entry.strategy
    reads, aims = INPUTS[given.type], STRATEGIES[strategy.type]
    _check_keys(given, reads.KEYS, reads.REQUIRED, f"{where}.input", f"input {given.type.value}")
    _check_keys(strategy, aims.KEYS, aims.REQUIRED, f"{where}.strategy", strategy.type.value)
    kind = kind_of_input(given)
    if strategy.type not in VALID_PAIRS[kind]:
        if strategy.type is StrategyType.SIMILARITY and kind == embeddings.KIND:
            raise InputError(f"{where}.input.tag_name is missing; SIMILARITY needs the tag whose samples to resemble")
        names = ", ".join(each.value for each in VALID_PAIRS[kind])
        raise InputError(f"{where}: {strategy.type.value} does not work on {kind}; use one of: {names}")
    reads.check(given, f"{where}.input")
    aims.check(strategy, f"{where}.strategy")


def _check_keys(
    given: StrategyInputConfig | StrategyTypeConfig, keys: type[Keys], required: Sequence[str], where: str, what: str
) -> None:
    for name, field in type(given).model_fields.items():
        value = getattr(given, name)
        if name in required and value is None:
            choices = choices_of(field.annotation)
            raise InputError(f"{where}.{name} is missing; {what} needs it{_one_of(choices)}")
        if name not in ("type", *keys.model_fields) and value != field.default:
            further = [key for key in keys.model_fields if key not in required]
            takes = ", ".join((*required, *further)) or "no further key"
            raise InputError(f"{where}.{name} does not belong to {what}; it takes {takes}")


def _one_of(choices: list[str]) -> str:
    return f": one of {', '.join(choices)}" if choices else ""
