"""The folder of a datapool: where its files lie, one writer at a time, and the history.

What the files hold is the business of `selection_assets.stages.datapool`. The CSV is the datapool: a folder without it
holds none yet. Checkpoint and settings are written before the first CSV and never change afterwards, a state enters the
history before the CSV is replaced, and each file appears whole or not at all. So whoever reads the CSV, at any
moment, finds everything that belongs to it, and a killed run leaves the old state or the new one.
"""

import fcntl
import filecmp
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from configs.errors import InputError
from resources.atomic_file import atomic_path, disk_error
from resources.datasource import Datasource, existing_folder

NAME = re.compile(r"\w(?:[\w .-]{0,98}[\w-])?")
LOCK_SECONDS = 120.0  # an update takes about one second per million values
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Datapool:
    """A folder below the shared folder; it need not exist yet."""

    name: str
    folder: Path

    @property
    def csv(self) -> Path:
        """Members: names, vectors as the model gave them, weak labels."""
        return self.folder / "datapool_latest.csv"

    @property
    def checkpoint(self) -> Path:
        """The model that made the vectors; missing where they came from an embeddings file."""
        return self.folder / "checkpoint_latest.ckpt"

    @property
    def settings(self) -> Path:
        """How the vectors were made."""
        return self.folder / "datapool_settings.json"

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

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Creates the folder, and keeps other runs from changing it. The system ends the lock of a killed process.

        Raises InputError where another run holds it for two minutes.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("a") as file:
                self._wait_for(file.fileno())
                yield
        except OSError as error:
            raise disk_error(error, self.folder) from error

    def _wait_for(self, handle: int) -> None:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise InputError(
                        f"datapool.name={self.name}: another run has been writing to {self.folder} for "
                        f"{LOCK_SECONDS:.0f} s; run again when it has ended"
                    ) from None
                time.sleep(POLL_SECONDS)

    def archive(self) -> Path:
        """Copy the present state into the history; returns the copy. Call it with the lock held."""
        folder = self.folder / "history"
        states = sorted(folder.glob("datapool_[0-9][0-9][0-9][0-9][0-9][0-9].csv"))
        if states and filecmp.cmp(states[-1], self.csv, shallow=False):
            return states[-1]  # of a run that was killed before it could replace the CSV
        number = int(states[-1].stem.rpartition("_")[2]) + 1 if states else 1
        target = folder / f"datapool_{number:06d}.csv"
        with atomic_path(target) as temporary:
            shutil.copyfile(self.csv, temporary)
        return target


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
