"""Adding what a run keeps to its datapool: the next state, written so that it is there whole or not at all."""

import logging
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import polars as pl

from selection_assets.stages.datapool.label_numbers import continued
from selection_assets.stages.datapool.members import dimensions, known_numbers, refuse_other_dimensions, without_known
from selection_assets.stages.datapool.pool_checkpoint import save_checkpoint
from selection_assets.stages.datapool.pool_settings import PoolModel, PoolSettings, read_settings
from selection_assets.stages.datapool.way_of_run import ModelRow, PoolFiles, WayOfRun, check_way, pool_members
from selection_assets.stages.models.chosen_model import refuse_program
from selection_assets.stages.models.embedding_model import EmbeddingModel, weights_name
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv
from selection_assets.stages.samples.label_numbers import numbered

log = logging.getLogger("winnow")

T = TypeVar("T")
SCHEMA = {"filename": pl.String, "label": pl.String, "added": pl.Boolean}


class PoolState(Protocol):
    """Which state of the files was read; see `resources.datapool`."""

    @property
    def csv(self) -> str | None: ...
    @property
    def settings(self) -> str | None: ...


class Pool(PoolFiles, Protocol):
    """A datapool that can be changed; see `resources.datapool`."""

    def update(self, change: Callable[[Any], T]) -> T: ...
    def put_csv(self, file: Path, state: Any) -> None: ...
    def put_settings(self, text: str, state: Any) -> None: ...
    def refuse_if_being_made(self, state: Any) -> None: ...
    def put_checkpoint(self, file: Path | None) -> None: ...
    def archive(self) -> str: ...


@dataclass(frozen=True)
class PoolChange:
    """members: those before, filename, label, label_number, embedding. added: likewise. history: file of the state
    before, where it was kept, as people find it."""

    members: pl.DataFrame
    added: pl.DataFrame
    history: str | None

    @property
    def table(self) -> pl.DataFrame:
        """Every member, and whether it was added: the columns of `SCHEMA`."""
        parts = ((self.members, False), (self.added, True))
        return pl.concat([part.select("filename", "label", added=pl.lit(new)) for part, new in parts])


@dataclass(frozen=True)
class NewPool:
    """What a datapool is made of that does not exist yet: the model's row and a way to load it (None with an
    embeddings file), and the number of every weak label."""

    model: ModelRow | None
    load: Callable[[], EmbeddingModel]
    label_numbers: Mapping[str, int]


def add_members(
    pool: Pool, kept: pl.DataFrame, known: pl.DataFrame, way: WayOfRun, new: NewPool, *, keep_history: bool
) -> PoolChange:
    """Add the rows of `kept` (filename, label, embedding) that are no members yet; they join in their order.

    known: filename of the members that the run knew of when it selected. A sample that is a member already is not
    added again, so this may be done any number of times. Raises InputError where the vectors do not fit.
    """

    def change(state: PoolState) -> PoolChange:
        if state.csv is None:
            return _added(pool, state, _make(pool, state, way, new), None, kept, keep_history)
        made = check_way(pool, way, new.model)
        members = pool_members(pool, made, way.normalization)
        refuse_other_dimensions(pool.name, dimensions(kept), dimensions(members))
        _warn_of_others(pool, members, known, kept)
        return _added(pool, state, made, members, kept, keep_history)

    return pool.update(change)


def _added(
    pool: Pool,
    state: PoolState,
    made: PoolSettings | None,
    members: pl.DataFrame | None,
    kept: pl.DataFrame,
    keep_history: bool,
) -> PoolChange:
    before = kept.select("filename", "label", "embedding", label_number=pl.lit(0, pl.Int64)).clear()
    before = before if members is None else members.select(before.columns)
    added = without_known(before, kept.select("filename", "label", "embedding"))
    numbers = continued(
        known_numbers(before, made), added["label"], are_numbers=made is None or not made.labels_have_names
    )
    added = added.with_columns(label_number=pl.Series(numbered(added["label"], numbers), dtype=pl.Int64))
    if made is not None and members is not None and made.with_label_numbers(numbers) != made:
        pool.put_settings(_text(made.with_label_numbers(numbers)), state)
    history = pool.archive() if len(added) and len(before) and keep_history else None
    if len(added):
        _write(pool, state, pl.concat([before, added]))
    return PoolChange(before, added, history)


def _write(pool: Pool, state: PoolState, members: pl.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "members.csv"
        write_embeddings_csv(path, members["filename"], members["embedding"].to_numpy(), members["label_number"])
        pool.put_csv(path, state)


def _text(settings: PoolSettings) -> str:
    return settings.model_dump_json(indent=1) + "\n"


def _make(pool: Pool, state: PoolState, way: WayOfRun, new: NewPool) -> PoolSettings:
    """Write how the vectors are made, then the model. It is a datapool once the CSV is there too.

    Two runs that make it at once write the same, or the second one ends here; so the CSV of the first fits.
    """
    model, backbone = None, None
    if new.model is not None:
        row = new.model
        refuse_program(pool.name, row["name"])
        backbone = new.load().backbone
        model = PoolModel(
            name=row["name"],
            weights=row["weights"],
            fingerprint=weights_name(backbone),
            input_size=row["input_size"],
            precision=row["precision"],
            transform=row["transform"],
        )
    made = PoolSettings(
        normalize_embeddings=way.normalization.normalize_embeddings,
        weak_labels=list(new.label_numbers) if way.embedding.append_weak_labels else None,
        model=model,
    ).with_label_numbers(dict(new.label_numbers))
    begun = read_settings(pool.settings) if state.settings else None
    if begun is None or not begun.same_way(made):
        pool.refuse_if_being_made(state)
        pool.put_settings(_text(made), state)
        begun = made
    if backbone is None:
        pool.put_checkpoint(None)  # that of a run that was killed before it wrote the CSV
    else:
        with tempfile.TemporaryDirectory() as folder:
            save_checkpoint(backbone, path := Path(folder) / "model.ckpt")
            pool.put_checkpoint(path)
    return begun


def _warn_of_others(pool: Pool, members: pl.DataFrame, known: pl.DataFrame, kept: pl.DataFrame) -> None:
    """Members that joined since the run read the datapool: nothing of the run kept its distance from them."""
    seen = pl.concat([known.select("filename"), kept.select("filename")])
    others = members.join(seen, on="filename", how="anti")
    if len(others):
        log.warning(
            "Datapool %s got %d samples from other runs during this one; the selection did not know of them.",
            pool.name,
            len(others),
        )
