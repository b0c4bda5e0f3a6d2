"""What a selection aims at: goals (an input and a strategy), and the request that holds them.

Plain frozen records and the table of pairs that make sense. Both generations of configuration are translated into
these; nothing here reads data or picks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError

Operation = Literal["SMALLER", "SMALLER_EQUAL", "BIGGER", "BIGGER_EQUAL"]
Distribution = Literal["TARGET", "UNIFORM", "INPUT"]


@dataclass(frozen=True)
class Embeddings:
    """The embeddings of the samples, or with `task` those of the objects found by that prediction task."""

    task: str | None = None


@dataclass(frozen=True, eq=False)
class QueryEmbeddings:
    """(q, d) embeddings of other samples, made by the same model: the samples of a tag. `name` is for messages.
    With `task` the objects of that task are compared with the query, and the best of a sample counts."""

    vectors: NDArray[np.floating]
    name: str = "query"
    task: str | None = None


@dataclass(frozen=True)
class Scores:
    """A numeric column of active-learning scores, see `scorers`."""

    column: str


@dataclass(frozen=True)
class Metadata:
    """A column of metadata: numeric for WEIGHTS and THRESHOLD; strings, integers or booleans for BALANCE."""

    column: str


@dataclass(frozen=True)
class ClassDistribution:
    """A column of class vectors, one number per class (a list or array of `len(classes)` numbers, null: nothing)."""

    column: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class CategoryCount:
    """A column of object counts, one number per class; the value is their sum over `categories` (empty: all)."""

    column: str
    classes: tuple[str, ...]
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Random:
    """One uniform random number per sample. `seed` None: the seed of the request."""

    seed: int | None = None


Input = Embeddings | QueryEmbeddings | Scores | Metadata | ClassDistribution | CategoryCount | Random


@dataclass(frozen=True)
class Diversity:
    """Far from all that is selected. `minimum_distance`: stop when the next pick would be nearer than this."""

    minimum_distance: float | None = None


@dataclass(frozen=True)
class Weights:
    """High values. `max_sum`: stop when the sum over the selected samples would exceed it. `target_range`: keep that
    sum within (lowest, highest), instead of as high as possible."""

    max_sum: float | None = None
    target_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Threshold:
    """Only samples whose value stands in this relation to `threshold`: BIGGER_EQUAL 20 keeps 20 and above."""

    threshold: float
    operation: Operation


@dataclass(frozen=True)
class Balance:
    """Shares of the classes among the selected samples as in `target` (TARGET), all equal (UNIFORM), or as in the
    whole input (INPUT)."""

    target: Mapping[str, float] = field(default_factory=dict)
    distribution: Distribution = "TARGET"


@dataclass(frozen=True)
class Similarity:
    """Near to one of the query embeddings."""


@dataclass(frozen=True)
class Typicality:
    """In the midst of many others. `minimum`: stop when the next pick would be less typical than this."""

    neighbors: int = 20
    minimum: float | None = None


Strategy = Diversity | Weights | Threshold | Balance | Similarity | Typicality

VALID_PAIRS: dict[type, tuple[type, ...]] = {
    Embeddings: (Diversity, Typicality),
    QueryEmbeddings: (Similarity,),
    Scores: (Weights, Threshold),
    Metadata: (Weights, Threshold, Balance),
    ClassDistribution: (Balance,),
    CategoryCount: (Weights, Threshold),
    Random: (Weights,),
}
_NAMES = {
    Embeddings: "EMBEDDINGS",
    QueryEmbeddings: "EMBEDDINGS of a tag",
    Scores: "SCORES",
    Metadata: "METADATA",
    ClassDistribution: "PREDICTIONS CLASS_DISTRIBUTION",
    CategoryCount: "PREDICTIONS CATEGORY_COUNT",
    Random: "RANDOM",
    Diversity: "DIVERSITY",
    Weights: "WEIGHTS",
    Threshold: "THRESHOLD",
    Balance: "BALANCE",
    Similarity: "SIMILARITY",
    Typicality: "TYPICALITY",
}


def name_of(kind: type) -> str:
    """What configs and messages call an input or a strategy."""
    return _NAMES[kind]


@dataclass(frozen=True)
class Goal:
    """One entry of a selection config.

    strength: exponent of the goal in the product of all goals; 0 switches it off, a negative one seeks the opposite.
        Has no meaning for THRESHOLD. Raises InputError for a pair that makes no sense.
    """

    input: Input
    strategy: Strategy
    strength: float = 1.0

    def __post_init__(self) -> None:
        valid = VALID_PAIRS[type(self.input)]
        if type(self.strategy) not in valid:
            names = ", ".join(_NAMES[strategy] for strategy in valid)
            raise InputError(
                f"{_NAMES[type(self.strategy)]} does not work on {_NAMES[type(self.input)]}; use one of: {names}"
            )
        if not -1e9 <= self.strength <= 1e9:
            raise InputError(f"{self.label}: strength {self.strength} is outside [-1e9, 1e9]")

    @property
    def label(self) -> str:
        """`METADATA lightly.sharpness × WEIGHTS`: for messages, and as a name of its column in results."""
        names = (getattr(self.input, name, None) for name in ("column", "task", "name"))
        detail = next(filter(None, names), "")
        source = _NAMES[type(self.input)] + (f" {detail}" if detail else "")
        return f"{source} × {_NAMES[type(self.strategy)]}"


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
    min_spacing: rows nearer than this to a selected one are passed over; None: no limit. Unlike
        `Diversity.minimum_distance` this ends nothing, and works with any goals.
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
