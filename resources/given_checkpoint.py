"""The file of the checkpoint that a run is given: below the shared folder, or left by a run of the platform."""

from pathlib import Path

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from resources.datasource import Datasource
from resources.local_copies import COPIES
from resources.output_place import store_of_file
from resources.platform.run_checkpoints import checkpoint_of_run


def given_checkpoint(config: CheckpointConfig, datasource: Datasource) -> Path | None:
    """None where none is given; of a bucket a copy. Raises InputError where there is no such file."""
    if config.checkpoint_run_id:
        return _of_run(config.checkpoint_run_id)
    return datasource.shared_file("checkpoint", config.checkpoint) if config.checkpoint else None


def _of_run(run: str) -> Path:
    """Opened as the files of that run's dataset are, wherever the dataset of this run lies."""
    found = checkpoint_of_run(run)
    store, name = store_of_file(found.place, found.dataset)
    try:
        path = COPIES.path(store, name)
    except OSError as error:
        raise InputError(f"checkpoint_run_id={run}: {found.place}: {error.strerror or error}; mend that") from None
    if path is None:
        raise InputError(f"checkpoint_run_id={run}: its checkpoint {found.place} is gone; name another run")
    return path
