"""What the engine is asked for: goals (an input and a strategy), and the request that holds them.

A strategy is the record of its keys in `configs.strategies`; an input is a record of the file of that name beside this
one. Nothing here reads data or picks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies.fields import Keys, Strength
from configs.strategies.strategy_config import StrategyType
from configs.strategies.strategy_rules import VALID_PAIRS, type_of


class Input(Protocol):
    """What a goal looks at. kind: the row of `VALID_PAIRS`."""

    kind: ClassVar[str]

    @property
    def detail(self) -> str:
        """The column, task or tag: part of the label."""
        ...


@dataclass(frozen=True)
class Goal:
    """One entry of a selection config. Raises InputError for a pair that makes no sense."""

    input: Input
    strategy: Keys

    def __post_init__(self) -> None:
        valid = VALID_PAIRS[self.input.kind]
        if self.type not in valid:
            names = ", ".join(valid)
            raise InputError(f"{self.type.value} does not work on {self.input.kind}; use one of: {names}")

    @property
    def type(self) -> StrategyType:
        return type_of(self.strategy)

    @property
    def strength(self) -> float:
        """Exponent of the goal in the product of all goals; a negative one seeks the opposite. 1 for a threshold."""
        return self.strategy.strength if isinstance(self.strategy, Strength) else 1.0

    @property
    def is_on(self) -> bool:
        """Strength 0 switches a goal off: nothing of what it asks for counts."""
        return self.strength != 0

    @property
    def label(self) -> str:
        """`METADATA lightly.sharpness × WEIGHTS`: for messages, and as a name of its column in results."""
        return f"{' '.join(filter(None, [self.input.kind, self.input.detail]))} × {self.type.value}"


@dataclass(frozen=True, eq=False)
class ObjectEmbeddings:
    """Embeddings of the objects of one prediction task: vectors (m, d); sample (m,): the row each belongs to."""

    vectors: NDArray[np.floating]
    sample: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SelectionRequest:
    """What to select, and how many.

    n_samples: int: a count, float: a fraction of `n_input`, None or -1: no limit; see `target_size`.
    n_input: number of samples found before cleaning; None: the rows of the table.
    candidates: (n,) mask of rows that may be picked; None: all. Other rows are ignored altogether.
    preselected: rows that are selected already and count toward `n_samples` and sums.
    datapool: rows that are selected already and do not count toward them.
    min_spacing: rows nearer than this to a selected one are passed over; None: no limit. Unlike the minimum distance of
        DIVERSITY this ends nothing, and works with any goals.
    objects: object embeddings by task, for `Embeddings(task)`.
    """

    goals: tuple[Goal, ...]
    n_samples: int | float | None = None
    n_input: int | None = None
    candidates: NDArray[np.bool_] | None = None
    preselected: NDArray[np.int64] | None = None
    datapool: NDArray[np.int64] | None = None
    min_spacing: float | None = None
    objects: Mapping[str, ObjectEmbeddings] = field(default_factory=dict)
    seed: int = 1
