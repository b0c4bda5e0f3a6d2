"""EMBEDDINGS: those of the samples or of their objects; and those of the samples of a tag, to compare with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies import embeddings
from configs.strategies.strategy_config import StrategyConfig
from configs.validated import shown
from selection_assets.stages.selection.goals.request import Goal
from selection_assets.stages.selection.goals.sample_columns import FoundColumns, extra_column
from selection_assets.stages.selection.goals.scene import Scene


@dataclass(frozen=True)
class Embeddings:
    """The embeddings of the samples, or with `task` those of the objects found by that prediction task."""

    kind: ClassVar[str] = embeddings.KIND
    task: str | None = None

    @property
    def detail(self) -> str:
        return self.task or ""


@dataclass(frozen=True, eq=False)
class QueryEmbeddings:
    """(q, d) embeddings of other samples, made by the same model: the samples of a tag. `name` is for messages.

    With `task` the objects of that task are compared with the query, and the best of a sample counts. about: of a tag
    of another dataset, see `OtherTag`.
    """

    kind: ClassVar[str] = embeddings.OF_A_TAG
    vectors: NDArray[np.floating]
    name: str = "query"
    task: str | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def detail(self) -> str:
        return self.task or self.name


def read(found: FoundColumns, entry: StrategyConfig, where: str) -> Embeddings | QueryEmbeddings:
    """The embeddings, or those of the tag; its samples are then queries and no candidates."""
    if entry.input.tag_name is None:
        return Embeddings()
    if entry.input.dataset_id is not None:
        other = found.tags[entry.input.dataset_id, entry.input.tag_name]
        found.queries |= found.samples["filename"].is_in(other.same_samples).to_numpy()
        return QueryEmbeddings(other.vectors, entry.input.tag_name, about=other.about)
    rows = tagged(found.samples, entry.input.tag_name, f"{where}.tag_name")
    found.queries |= rows
    return QueryEmbeddings(found.embeddings[rows], entry.input.tag_name)


def tagged(samples: pl.DataFrame, tag: str, where: str) -> NDArray[np.bool_]:
    """(n,) the samples of a tag. Raises InputError for a missing column, and for values other than 0 and 1."""
    column = extra_column(samples, f"tag.{tag}", where, embeddings.COMES)
    marks = column.cast(pl.Float64, strict=False).fill_null(0.0)
    bad = ~marks.is_in([0.0, 1.0]) | (column.is_not_null() & column.cast(pl.Float64, strict=False).is_null())
    if bad.any():
        row = int(bad.arg_true()[0])
        raise InputError(
            f"{where}: tag.{tag} of {samples['filename'][row]} is {shown(column[row])}; write 1 for the samples of the "
            "tag and 0 for others"
        )
    found = (marks == 1.0).to_numpy()
    if not found.any():
        raise InputError(f"{where}: the tag {tag} holds no sample; write 1 in column tag.{tag} for at least one")
    return found


def vectors_and_owners(goal: Goal, scene: Scene, task: str | None) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    """(m, d) the vectors that a goal looks at, and (m,) the sample of each: of the samples, or of their objects."""
    if task is None:
        return scene.sample_embeddings(goal), np.arange(scene.table.height)
    objects = scene.objects(goal, task)
    return objects.vectors, objects.sample
