"""Which folder of a bucket a run gets: claimed by its `config/hydra.yaml`, which is put where there is none yet."""

import time
from collections.abc import Callable
from datetime import datetime

from configs.errors import InputError
from configs.stages.run_folder import RunFolderConfig
from resources.earlier_run import CONFIG, MAX_CONFIG_BYTES, run_named_in
from resources.run_folder import refuse_leading_out, taken
from resources.stores.store import Conflict, Store


def claimed_folder(
    root: Store, config: RunFolderConfig, marker: Callable[[str], bytes], may_go_on: Callable[[bytes], bool]
) -> str:
    """The key of a new folder: <YYYY-MM-DD>/<HH:MM:SS>, or <run_directory>, by the rules of a local one.

    marker: what to claim a folder with, by its key. may_go_on: whether that of an earlier run lets this run have its
        folder. Raises InputError where the named folder is taken.
    """
    if config.run_directory:
        return _named_folder(root, config.run_directory.strip("/"), marker, may_go_on)
    while True:
        key = f"{datetime.now():%Y-%m-%d/%H:%M:%S}"
        if _claimed(root, key, marker(key)):
            return key
        time.sleep(1.0 - datetime.now().microsecond / 1e6)  # another run has this second


def _named_folder(root: Store, name: str, marker: Callable[[str], bytes], may_go_on: Callable[[bytes], bool]) -> str:
    refuse_leading_out(name)
    parts = name.split("/")
    for above in ("/".join(parts[:end]) for end in range(1, len(parts))):
        if run_named_in(config_in(root, f"{above}/"))[0]:
            raise InputError(
                f"run_directory={name}: {root.place(above)} is the folder of another run; choose another name"
            )
    is_new = next(iter(root.list(f"{name}/")), None) is None
    if not (is_new and _claimed(root, name, marker(name))) and not may_go_on(config_in(root, f"{name}/")):
        raise taken(name, root.place(name))
    return name


def _claimed(root: Store, key: str, content: bytes) -> bool:
    try:
        root.put(f"{key}/{CONFIG}", content, if_absent=True)
    except Conflict:
        # Ours, where the answer to a first try was lost on its way: no two runs have the same marker.
        return config_in(root, f"{key}/") == content
    return True


def config_in(store: Store, folder: str = "") -> bytes:
    """What the folder says of the run that it is of; empty where it says nothing."""
    try:
        return store.get(f"{folder}{CONFIG}", MAX_CONFIG_BYTES)
    except OSError:
        return b""
