"""A run folder that lies in a bucket, while the run lasts: a local folder, from which files are put into the bucket.

Processes of the run share it. The last one that leaves it removes it, once everything is in the bucket; the next one
brings what goes on: the logs. What could not be put stays, and is put by the next run of the dataset that gets there.
"""

import logging
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import yaml

from configs.errors import InputError
from resources.bucket_run_folder import config_in
from resources.earlier_run import CONFIG, config_of, run_named_in
from resources.home import home
from resources.locks import staging_door, staging_lock
from resources.output_place import output_store
from resources.run_log import LOG_FILE
from resources.stores.local_store import LocalStore
from resources.stores.store import Store

log = logging.getLogger("winnow")

LOGS = (LOG_FILE, "memlog.txt")


class StagedFolder:
    """`path` is the local folder, `store` the one in the bucket. Make it under `staging_door`."""

    def __init__(self, store: Store, run_id: str) -> None:
        self.store = store
        self.path = staging_of(run_id)
        self._run_id = run_id
        self._held = ExitStack()
        self._is_last = self._held.enter_context(staging_lock(run_id))
        self._sent: dict[str, str] = {}  # etag by key
        self._is_broken = False

    def bring(self) -> None:
        """What goes on, unless it is here already. Raises InputError where it cannot be had."""
        try:
            for key in (*LOGS, CONFIG):
                if not (self.path / key).exists() and self.store.find(key):
                    with self.store.local_copy(key) as copy:
                        self._sent[key] = LocalStore(self.path).put(key, copy)
        except OSError as error:
            raise InputError(f"{self.store.place(key)}: {error.strerror or error}; mend that and run again") from error

    def send(self) -> None:
        """Put what is new or has changed. Raises InputError where that fails; nothing is lost then."""
        found = {each.key: each.etag for each in LocalStore(self.path).list()}
        self._put([key for key, etag in found.items() if self._sent.get(key) != etag])
        with suppress(OSError):  # who may not remove an object may still write others
            for key in self._sent.keys() - found.keys():
                self.store.remove(key)
        self._sent = found

    def close(self) -> None:
        """Put the rest, and remove the folder where no other process of the run works in it."""
        try:
            if not self._is_broken:
                self.send()
            with staging_door(self._run_id):
                if self._is_last() and not self._is_broken:
                    self._put([key for key in LOGS if (self.path / key).exists()])  # another process may have put less
                    shutil.rmtree(self.path, ignore_errors=True)
                self._held.close()
        except InputError as error:
            log.warning("%s", error)
        finally:
            self._held.close()

    def send_if_left(self) -> None:
        """Put what is here, and remove it, where no process of the run is left to do that."""
        try:
            if self._is_last() and _is_of(self.store, self.path):
                self.send()
                shutil.rmtree(self.path, ignore_errors=True)
        except InputError as error:
            log.warning("%s", error)
        finally:
            self._held.close()

    def _put(self, keys: Iterable[str]) -> None:
        def put(key: str) -> None:
            self.store.put(key, self.path / key)

        try:
            with ThreadPoolExecutor(self.store.readers) as pool:
                list(pool.map(put, keys))
        except (InputError, OSError) as error:
            self._is_broken = True
            raise InputError(
                f"{error}; nothing is lost: the files of the run are in {self.path}, and the next run of the dataset "
                "that writes to this bucket puts them there"
            ) from error


def staging_of(run_id: str) -> Path:
    """The local folder of a run whose own lies in a bucket."""
    return home() / "runs" / run_id


def send_leftovers(dataset: str, bucket: str) -> None:
    """Put into the bucket what runs of the dataset left behind that were killed, or that could not put it.

    bucket: as `resources.stores.location.BucketLocation.place` names it.
    """
    for folder in sorted((home() / "runs").glob("*")):
        place = place_of(folder, dataset)
        if place.startswith(f"{bucket}/"):
            with staging_door(folder.name):
                left = StagedFolder(output_store(place, dataset), folder.name)
                left.send_if_left()


def _is_of(store: Store, folder: Path) -> bool:
    """Whether the folder in the bucket is still that of the run: another one may have gone on there."""
    return run_named_in(config_in(store))[0] in ("", run_named_in(config_of(folder))[0])


def place_of(folder: Path, dataset: str) -> str:
    """Where a staged folder belongs; empty where it is none of the dataset."""
    try:
        content: Any = yaml.safe_load(config_of(folder))
        about = content["hydra"]
        return str(about["run"]["dir"]) if about["job"]["dataset"] == dataset else ""
    except (ValueError, TypeError, KeyError, yaml.YAMLError):
        return ""
