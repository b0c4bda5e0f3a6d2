"""The folder of a datapool: where its files lie, how a new state replaces the old one, and the history.

What the files hold is the business of `selection_assets.stages.datapool`. The CSV is the datapool: a folder without it
holds none yet. Whoever changes it reads a state, prepares the next one, and puts it in place on the condition that
the state is still the one that was read; else somebody else was faster, and the change is made again, from the new
state. Checkpoint and settings are written before the CSV that needs them, a state enters the history before the CSV is
replaced, and each file appears whole or not at all. So whoever reads the CSV, at any moment, finds everything that
belongs to it, and a killed run leaves the old state or the new one.
"""

import filecmp
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from configs.errors import InputError
from configs.stages.datapool import DatapoolConfig
from resources.datasource import Datasource
from resources.local_copies import COPIES
from resources.platform.hosted_places import dataset_named, lightly_place
from resources.stores.store import Conflict, Store

NAME = re.compile(r"\w(?:[\w .-]{0,98}[\w-])?")
UPDATE_SECONDS = 120.0  # of trying again; an update takes about one second per million values
MAKING_SECONDS = 600.0  # after which a run that wrote settings and no CSV is taken for dead
T = TypeVar("T")

DATASET_OPTION = "datapool.dataset_id"
_CSV: Final = "datapool_latest.csv"
_CHECKPOINT: Final = "checkpoint_latest.ckpt"
_SETTINGS: Final = "datapool_settings.json"
_HISTORY: Final = re.compile(r"datapool_([0-9]{6})\.csv")


@dataclass(frozen=True)
class PoolState:
    """Etags of the files that change; None: there is no such file. And when the settings were written."""

    csv: str | None
    settings: str | None
    settings_ns: int = 0


@dataclass(frozen=True)
class Datapool:
    """A folder below the shared folder, which `store` holds; it need not exist yet."""

    name: str
    store: Store

    @property
    def csv(self) -> Path | None:
        """Members: names, vectors as the model gave them, weak labels. None: there is no datapool yet."""
        return COPIES.path(self.store, self._key(_CSV))

    @property
    def checkpoint(self) -> Path | None:
        """The model that made the vectors; None where they came from an embeddings file."""
        return COPIES.path(self.store, self._key(_CHECKPOINT))

    @property
    def settings(self) -> Path | None:
        """How the vectors were made; None where another program made them."""
        return COPIES.path(self.store, self._key(_SETTINGS))

    @property
    def place(self) -> str:
        """Where people find the members."""
        return self.store.place(self._key(_CSV))

    @property
    def exists(self) -> bool:
        return self.store.find(self._key(_CSV)) is not None

    def check_writable(self) -> None:
        """Raises InputError where an update at the end of the run would fail."""
        try:
            self.store.below(self.name).require_writable()
        except InputError as error:
            raise InputError(
                f"datapool.name={self.name}: {error}; or set datasource.enable_datapool_update=False"
            ) from None

    def update(self, change: Callable[[PoolState], T]) -> T:
        """What `change` returns, called with the present state, again for as long as others are faster.

        `change` reads the files, and writes them with `put_settings` and `put_csv`, the latter last. Raises InputError
        where that does not succeed for two minutes.
        """
        deadline = time.monotonic() + UPDATE_SECONDS
        while True:
            try:
                return change(self._state())
            except Conflict:
                if time.monotonic() > deadline:
                    raise InputError(
                        f"datapool.name={self.name}: other runs have been writing to {self.store.place(self.name)} for "
                        f"{UPDATE_SECONDS:.0f} s; run again when they have ended"
                    ) from None

    def put_csv(self, file: Path, state: PoolState) -> None:
        """Replace the members by those in `file`. Raises Conflict where `state` is not the present one any more."""
        self.store.put(self._key(_CSV), file, if_absent=state.csv is None, if_etag=state.csv)

    def put_settings(self, text: str, state: PoolState) -> None:
        """Write how the vectors are made. Raises Conflict where `state` is not the present one any more."""
        self.store.put(self._key(_SETTINGS), text.encode(), if_absent=state.settings is None, if_etag=state.settings)

    def put_checkpoint(self, file: Path | None) -> None:
        """The model that makes the vectors; None: there is none."""
        if file is None:
            self.store.remove(self._key(_CHECKPOINT))
        else:
            self.store.put(self._key(_CHECKPOINT), file)

    def refuse_if_being_made(self, state: PoolState) -> None:
        """Raises InputError where settings were written lately, but no CSV yet: another run is about to do that."""
        if state.csv is None and state.settings and time.time_ns() - state.settings_ns < MAKING_SECONDS * 1e9:
            raise InputError(
                f"datapool.name={self.name}: another run is making it, with another model or other options; run again "
                f"when that one has ended (ten minutes later, if it was killed), or choose another name"
            )

    def archive(self) -> str:
        """Copy the present state into the history; returns where people find the copy."""
        history = self._key("history/")
        listed = (
            (found.key, _HISTORY.fullmatch(found.key.removeprefix(history))) for found in self.store.list(history)
        )
        states = {int(match[1]): key for key, match in listed if match}
        present = COPIES.path(self.store, self._key(_CSV))
        assert present is not None, "only what is there is archived"
        number = max(states, default=0)
        if states and _same(self.store, states[number], present):
            return self.store.place(states[number])  # of a run that was killed before it could replace the CSV
        while True:
            number += 1
            try:
                key = f"{history}datapool_{number:06d}.csv"
                self.store.put(key, present, if_absent=True)
                return self.store.place(key)
            except Conflict:  # another run archives at this moment, or the answer to a first try was lost on its way
                if _same(self.store, key, present):
                    return self.store.place(key)

    def _state(self) -> PoolState:
        csv, settings = (self.store.find(self._key(name)) for name in (_CSV, _SETTINGS))
        return PoolState(csv and csv.etag, settings and settings.etag, settings.modified_ns if settings else 0)

    def _key(self, name: str) -> str:
        return f"{self.name}/{name}"


def _same(store: Store, key: str, other: Path) -> bool:
    with store.local_copy(key) as path:
        return filecmp.cmp(path, other, shallow=False)


def datapool(datasource: Datasource, config: DatapoolConfig) -> Datapool:
    """The datapool of the shared folder, or of another dataset's, that `config` names.

    Raises InputError for a name that is no plain folder name, and where there is no such place.
    """
    if not NAME.fullmatch(config.name):
        raise InputError(
            f"datapool.name={config.name!a}: give the name of one folder below shared_dir, of letters, digits, '_', "
            "'-', '.' and spaces"
        )
    if config.dataset_id:
        owner = dataset_named(DATASET_OPTION, config.dataset_id)
        datasource = Datasource(shared_dir=lightly_place(DATASET_OPTION, owner), dataset=owner.dataset)
    if not datasource.shared_dir:
        raise InputError(
            f"datapool.name={config.name}: a datapool is a folder of shared_dir, which is not set; add "
            "shared_dir=/path/to/folder"
        )
    return Datapool(config.name, datasource.shared_store)
