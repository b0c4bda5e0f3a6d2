"""How many and which samples are kept: config of the asset `selected_samples`, in either generation's words.

A selection is asked for by `method` and `stopping_condition`, or by `strategies` with `n_samples` or
`proportion_samples`: the latter three are the old product's `selection_config`. Both become the same list of
strategies (`entries`).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from configs.errors import InputError
from configs.field_types import LARGEST_INTEGER, Flag, Number, Text, Whole
from configs.option import Option, Spelling, is_off
from configs.stages.base import StageConfig
from configs.strategies.fields import LARGEST_DISTANCE
from configs.strategies.strategy_config import (
    InputType,
    StrategyConfig,
    StrategyInputConfig,
    StrategyType,
    StrategyTypeConfig,
)
from configs.strategies.strategy_rules import check_strategy

METHOD_FIELDS = (
    "method",
    "stopping_condition",
    "active_learning_score_column_name",
    "active_learning_task_name",
    "active_learning_score_name",
)
SIZE_FIELDS = ("n_samples", "proportion_samples")
STRATEGY_FIELDS = (*SIZE_FIELDS, "strategies")


def _read_n_samples(value: Any) -> dict[str, Any]:
    if is_off(value):
        return {"n_samples": None, "proportion_samples": None}
    if isinstance(value, float):
        return {"proportion_samples": value, "n_samples": None}
    return {"n_samples": value, "proportion_samples": None}


def _write_n_samples(condition: "StoppingConditionConfig") -> Any:
    return -1 if condition.asked is None else condition.asked


N_SAMPLES = Spelling(
    _read_n_samples,
    _write_n_samples,
    kind="int | float",
    allowed="write a count (1, 2, …), a share with a decimal point (above 0.0, up to 1.0), or -1 for no condition",
    note="0.3 or 1.0 is a share of the input, 3 or 1 a count, -1 no condition.",
)
MIN_DISTANCE = Spelling(
    lambda value: {"min_distance": None if is_off(value) else value},
    lambda condition: -1.0 if condition.min_distance is None else condition.min_distance,
    kind="float",
    allowed="write a distance from 0 to 1e18, or -1 for no condition",
    note="-1: no condition.",
)


class StoppingConditionConfig(StageConfig):
    """Selection stops as soon as one condition is met. Without any, everything is kept."""

    n_samples: Annotated[Whole | None, Option("stopping_condition.n_samples", worker=True, spelling=N_SAMPLES)] = Field(
        default=None, ge=1, le=LARGEST_INTEGER, description="Samples to keep."
    )
    proportion_samples: Number | None = Field(
        default=None, gt=0, le=1, description="Samples to keep as a share of the input, instead of n_samples."
    )
    min_distance: Annotated[
        Number | None, Option("stopping_condition.min_distance", worker=True, spelling=MIN_DISTANCE)
    ] = Field(
        default=None,
        ge=0,
        le=LARGEST_DISTANCE,
        description="No two kept samples are closer to each other than this (0 to 2 for unit vectors).",
    )

    @property
    def asked(self) -> int | float | None:
        """The count (int), the share of the input (float), or None."""
        return self.proportion_samples if self.n_samples is None else self.n_samples

    def check(self, where: str) -> None:
        """Raises InputError, with the path below `where`, where both numbers are named."""
        if self.n_samples is not None and self.proportion_samples is not None:
            raise InputError(
                f"{where}: n_samples={self.n_samples} and proportion_samples={self.proportion_samples} exclude each "
                "other; leave one of them out"
            )


class SelectionConfig(StageConfig):
    """Which samples are kept: by `method` and `stopping_condition`, or by `strategies` and a number."""

    title: ClassVar[str] = "Selection"

    method: Annotated[Literal["coreset", "random", "coral"], Option("method", worker=True)] = Field(
        default="coreset",
        description="coreset: the most diverse samples (greedy k-centre). random: a uniform random choice. "
        "coral: diverse samples with high scores.",
    )
    stopping_condition: StoppingConditionConfig = StoppingConditionConfig()
    active_learning_score_column_name: Annotated[Text, Option("active_learning_score_column_name")] = Field(
        default="al_score",
        description="Column of the embeddings file with the scores for coral, each from 0 to 1 (most wanted).",
    )
    active_learning_task_name: Annotated[Text, Option("active_learning.task_name", worker=True)] = Field(
        default="", description="Prediction task whose scores coral takes, in place of that column."
    )
    active_learning_score_name: Annotated[Text, Option("active_learning.score_name", worker=True)] = Field(
        default="uncertainty_margin", description="Which score of that task: the column task_name.score_name."
    )
    strategies: list[StrategyConfig] = Field(
        default=[], description="What to look at and what to do with it; in place of method and stopping_condition."
    )
    n_samples: Whole | None = Field(
        default=None,
        ge=-1,
        le=LARGEST_INTEGER,
        description="With strategies: samples to keep; -1: no limit by number.",
    )
    proportion_samples: Number | None = Field(
        default=None,
        ge=0,
        le=1,
        description="With strategies: samples to keep as a share of the input, instead of n_samples.",
    )
    seed: Annotated[Whole, Option("seed")] = Field(default=1, ge=0, lt=2**32, description="Seed of random choices.")
    dump_sampled_embeddings: Annotated[Flag, Option("dump_sampled_embeddings")] = Field(
        default=True, description="Write the embeddings of the kept samples to the run folder."
    )

    @property
    def asked(self) -> int | float | None:
        """How many samples are kept in all: a count (int), a share of the input (float), or None: no limit."""
        if not self.strategies:
            return self.stopping_condition.asked
        if self.n_samples is not None:
            return None if self.n_samples == -1 else self.n_samples
        return self.proportion_samples

    @property
    def min_distance(self) -> float | None:
        """No sample is picked closer than this to one selected before it; None: no such condition."""
        if not self.strategies:
            return self.stopping_condition.min_distance
        distances = [
            entry.strategy.stopping_condition_minimum_distance
            for entry in self.strategies
            if entry.strategy.type is StrategyType.DIVERSITY and entry.is_on
        ]
        return max((each for each in distances if each is not None), default=None)

    @property
    def entries(self) -> tuple[StrategyConfig, ...]:
        """The strategies of either generation: `coreset` is EMBEDDINGS × DIVERSITY, `random` RANDOM × WEIGHTS, `coral`
        EMBEDDINGS × DIVERSITY with SCORES × WEIGHTS."""
        if self.strategies:
            return tuple(self.strategies)
        # A coreset ends at the minimum distance; the other methods pass over what is too near, see `min_spacing`.
        distance = self.stopping_condition.min_distance if self.method == "coreset" else None
        diversity = StrategyConfig(
            input=StrategyInputConfig(type=InputType.EMBEDDINGS),
            strategy=StrategyTypeConfig(type=StrategyType.DIVERSITY, stopping_condition_minimum_distance=distance),
        )
        weights = StrategyTypeConfig(type=StrategyType.WEIGHTS)
        if self.method == "random":
            return (StrategyConfig(input=StrategyInputConfig(type=InputType.RANDOM), strategy=weights),)
        if self.method == "coral":
            task = self.active_learning_task_name or None
            score = self.active_learning_score_name if task else self.active_learning_score_column_name
            scores = StrategyInputConfig(type=InputType.SCORES, task=task, score=score)
            return diversity, StrategyConfig(input=scores, strategy=weights)
        return (diversity,)

    @property
    def min_spacing(self) -> float | None:
        """Samples nearer than this to a selected one are passed over; nothing ends. For `random` and `coral`."""
        return None if self.strategies or self.method == "coreset" else self.min_distance

    def place_of(self, place: int) -> str:
        """Where a user finds the input of `entries[place]`, in the words of the options."""
        if self.strategies:
            return f"selection_config.strategies[{place}].input"
        if self.method != "coral":
            return f"method={self.method}"
        if self.active_learning_task_name:
            task, score = self.active_learning_task_name, self.active_learning_score_name
            return f"method=coral, active_learning.task_name={task}, active_learning.score_name={score}"
        return f"method=coral, active_learning_score_column_name={self.active_learning_score_column_name}"

    def check(self, where: str) -> None:
        """Raises InputError, with the path below `where`, for fields that do not go together."""
        if not self.strategies:
            for name in SIZE_FIELDS:
                if getattr(self, name) is not None:
                    raise InputError(
                        f"{where}.strategies is missing; {name} needs at least one strategy, for instance "
                        '{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}'
                    )
            if self.active_learning_task_name and self.method != "coral":
                raise InputError(
                    f"{where}.active_learning_task_name: scores select with method coral, not with {self.method}; "
                    "leave it out or choose coral"
                )
            for name in ("active_learning_score_column_name", "active_learning_score_name"):
                if self.method == "coral" and not getattr(self, name):
                    raise InputError(f"{where}.{name} is empty; name the score that coral takes")
            self.stopping_condition.check(f"{where}.stopping_condition")
            return
        for place, entry in enumerate(self.strategies):
            check_strategy(entry, f"{where}.strategies[{place}]")
        for name in METHOD_FIELDS:
            if getattr(self, name) != type(self).model_fields[name].default:
                raise InputError(f"{where}: {name} and strategies exclude each other; leave one of them out")
        if (self.n_samples is None) == (self.proportion_samples is None):
            found = "is neither" if self.n_samples is None else "are both"
            raise InputError(
                f"{where}: there {found} n_samples {'nor' if self.n_samples is None else 'and'} proportion_samples; "
                "give exactly one of them (n_samples -1: no limit by number)"
            )
        if self.n_samples == 0 or self.proportion_samples == 0:
            name = "n_samples" if self.n_samples == 0 else "proportion_samples"
            raise InputError(f"{where}.{name}: 0 keeps nothing; give a number above 0")
        if not any(entry.is_on for entry in self.strategies):
            raise InputError(
                f"{where}.strategies: strength 0 switches every one of them off, and nothing is left to select by; "
                "give at least one a strength"
            )

    def selection_config(self) -> dict[str, Any]:
        """The strategies and the number in the words of `selection_config`, without what is unset."""
        return {name: _written(getattr(self, name)) for name in STRATEGY_FIELDS if getattr(self, name) is not None}


def _written(value: Any) -> Any:
    if isinstance(value, BaseModel):
        model = type(value).model_fields
        fields = {name: getattr(value, name) for name in model}
        return {name: _written(item) for name, item in fields.items() if item != model[name].default}
    if isinstance(value, list):
        return [_written(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def without_replaced(stored: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """The stored fields of a `SelectionConfig` that still hold beside what a run names.

    Strategies replace a stored method and its conditions, and the other way round; a number replaces a share.
    """
    gone: set[str] = set()
    if named.get("strategies"):
        gone.update(METHOD_FIELDS)
    elif "strategies" in named or any(name in named for name in METHOD_FIELDS):
        gone.update(STRATEGY_FIELDS)
    if any(named.get(name) is not None for name in SIZE_FIELDS):
        gone.update(SIZE_FIELDS)
    left = {name: value for name, value in stored.items() if name not in gone}
    condition, wanted = left.get("stopping_condition"), named.get("stopping_condition")
    if isinstance(condition, Mapping) and isinstance(wanted, Mapping) and any(name in wanted for name in SIZE_FIELDS):
        left["stopping_condition"] = {name: value for name, value in condition.items() if name not in SIZE_FIELDS}
    return left
