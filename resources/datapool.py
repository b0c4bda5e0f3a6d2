"""The folder of a datapool: where its files lie, how a new state replaces the old one, and the history.

What the files hold is the business of `selection_assets.stages.datapool`. The CSV is the datapool: a folder without it
holds none yet. Whoever changes it reads a state, prepares the next one, and puts it in place on the condition that
the state is still the one that was read; else somebody else was faster, and the change is made again, from the new
state. Checkpoint and settings are written before the CSV that needs them, a state enters the history before the CSV is
replaced, and each file appears whole or not at all. So whoever reads the CSV, at any moment, finds everything that
belongs to it, and a killed run leaves the old state or the new one.
"""

import filecmp
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from configs.errors import InputError
from resources.datasource import Datasource, existing_folder
from resources.stores.local_store import LocalStore
from resources.stores.store import Conflict, Store

NAME = re.compile(r"\w(?:[\w .-]{0,98}[\w-])?")
UPDATE_SECONDS = 120.0  # of trying again; an update takes about one second per million values
MAKING_SECONDS = 600.0  # after which a run that wrote settings and no CSV is taken for dead
T = TypeVar("T")

_CSV: Final = "datapool_latest.csv"
_CHECKPOINT: Final = "checkpoint_latest.ckpt"
_SETTINGS: Final = "datapool_settings.json"
_HISTORY: Final = re.compile(r"history/datapool_([0-9]{6})\.csv")


@dataclass(frozen=True)
class PoolState:
    """Etags of the files that change; None: there is no such file. And when the settings were written."""

    csv: str | None
    settings: str | None
    settings_ns: int = 0


@dataclass(frozen=True)
class Datapool:
    """A folder below the shared folder; it need not exist yet."""

    name: str
    folder: Path

    @property
    def csv(self) -> Path:
        """Members: names, vectors as the model gave them, weak labels."""
        return self.folder / _CSV

    @property
    def checkpoint(self) -> Path:
        """The model that made the vectors; missing where they came from an embeddings file."""
        return self.folder / _CHECKPOINT

    @property
    def settings(self) -> Path:
        """How the vectors were made."""
        return self.folder / _SETTINGS

    @property
    def exists(self) -> bool:
        return self.csv.is_file()

    def check_writable(self) -> None:
        """Raises InputError where an update at the end of the run would fail."""
        nearest = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        if not nearest.is_dir():
            raise InputError(f"datapool.name={self.name}: {nearest} is not a folder; choose another name")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise InputError(
                f"datapool.name={self.name}: {nearest} cannot be written to; make it writable (in a container: mount "
                "it without :ro), or set datasource.enable_datapool_update=False"
            )

    @property
    def store(self) -> Store:
        return LocalStore(self.folder, f"datapool {self.name}")

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
                        f"datapool.name={self.name}: other runs have been writing to {self.folder} for "
                        f"{UPDATE_SECONDS:.0f} s; run again when they have ended"
                    ) from None

    def put_csv(self, file: Path, state: PoolState) -> None:
        """Replace the members by those in `file`. Raises Conflict where `state` is not the present one any more."""
        self.store.put(_CSV, file, if_absent=state.csv is None, if_etag=state.csv)

    def put_settings(self, text: str, state: PoolState) -> None:
        """Write how the vectors are made. Raises Conflict where `state` is not the present one any more."""
        self.store.put(_SETTINGS, text.encode(), if_absent=state.settings is None, if_etag=state.settings)

    def refuse_if_being_made(self, state: PoolState) -> None:
        """Raises InputError where settings were written lately, but no CSV yet: another run is about to do that."""
        if state.csv is None and state.settings and time.time_ns() - state.settings_ns < MAKING_SECONDS * 1e9:
            raise InputError(
                f"datapool.name={self.name}: another run is making it, with another model or other options; run again "
                f"when that one has ended (ten minutes later, if it was killed), or choose another name"
            )

    def archive(self) -> Path:
        """Copy the present state into the history; returns the copy."""
        store = self.store
        states = {int(match[1]): found for found in store.list("history/") if (match := _HISTORY.fullmatch(found.key))}
        with store.local_copy(_CSV) as present:
            number = max(states, default=0)
            if states and _same(store, states[number].key, present):
                return self.folder / states[number].key  # of a run that was killed before it could replace the CSV
            while True:
                number += 1
                try:
                    key = f"history/datapool_{number:06d}.csv"
                    store.put(key, present, if_absent=True)
                    return self.folder / key
                except Conflict:  # another run archives at this moment
                    continue

    def _state(self) -> PoolState:
        found = {one.key: one for one in self.store.list("datapool_")} if self.folder.is_dir() else {}
        csv, settings = found.get(_CSV), found.get(_SETTINGS)
        return PoolState(csv and csv.etag, settings and settings.etag, settings.modified_ns if settings else 0)


def _same(store: Store, key: str, other: Path) -> bool:
    with store.local_copy(key) as path:
        return filecmp.cmp(path, other, shallow=False)


def datapool(datasource: Datasource, name: str) -> Datapool:
    """The datapool `name` of the shared folder. Raises InputError for a name that is no plain folder name."""
    if not NAME.fullmatch(name):
        raise InputError(
            f"datapool.name={name!a}: give the name of one folder below shared_dir, of letters, digits, '_', '-', '.' "
            "and spaces"
        )
    if not datasource.shared_dir:
        raise InputError(
            f"datapool.name={name}: a datapool is a folder of shared_dir, which is not set; add "
            "shared_dir=/path/to/folder"
        )
    return Datapool(name, existing_folder("shared_dir", datasource.shared_dir) / name)
