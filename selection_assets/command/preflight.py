"""What can be said about a run before it starts: folders and files that are missing, and where nothing can be written.

The stages check everything again; this only saves the wait.
"""

import os
from pathlib import Path
from typing import Any

from configs.errors import InputError
from configs.run_settings import Named, resolve_run
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.embedding import EmbeddingConfig
from resources.datapool import datapool
from resources.datasource import Datasource, existing_folder
from resources.stores.bucket_store import BucketStore
from resources.stores.location import bucket_location, refuse_bucket
from selection_assets.stages.models.chosen_model import chosen_model


def preflight(named: Named, dataset: str = "") -> None:
    """Raises InputError naming the option and the mend. named: all that is named for the run. dataset: whose
    credentials open its buckets."""
    settings: Any = resolve_run(named)
    given, model = settings["datasource"], settings["checkpoint"]
    source = Datasource(given.input_dir, given.shared_dir, dataset)
    samples, pool = settings["input_samples"], settings["datapool"]
    if not samples.embeddings:
        chosen_model(model, settings["embeddings"], pool)
    if source.input_dir and isinstance(store := source.input_store, BucketStore):
        store.require_place()
    if source.shared_dir:
        existing_folder("shared_dir", source.shared_dir)
    for key, name in (
        ("embeddings", samples.embeddings),
        ("relevant_filenames_file", samples.relevant_filenames_file),
        ("checkpoint", model.checkpoint),
    ):
        if name:
            source.shared_file(key, name)
    if pool.name:
        folder = datapool(source, pool.name)
        if pool.enable_datapool_update:
            folder.check_writable()
    if model.checkpoint and not samples.embeddings:
        _load_model(model, settings["embeddings"], source)
    _check_output(settings["run_folder"].output_dir)


def _load_model(checkpoint: CheckpointConfig, embedding: EmbeddingConfig, source: Datasource) -> None:
    """A given checkpoint is loaded once: one that does not fit ends the run before images are read."""
    from selection_assets.stages.models.embedding_model import load_model

    choice = chosen_model(checkpoint, embedding, DatapoolConfig())
    load_model(choice, source.shared_file("checkpoint", checkpoint.checkpoint))


def with_absolute_folders(named: Named) -> Named:
    """`named` with every folder as an absolute path: other processes, with another working folder, use it too.

    Raises InputError for the home folder of somebody unknown.
    """
    folders = {"datasource": ("input_dir", "shared_dir"), "run_folder": ("output_dir",)}
    return {
        stage: {
            name: _absolute(name, value) if value and name in folders.get(stage, ()) else value
            for name, value in fields.items()
        }
        for stage, fields in named.items()
    }


def _absolute(key: str, value: str) -> str:
    if key == "input_dir" and (place := bucket_location(key, value)):
        return str(place)
    refuse_bucket(key, value)
    try:
        return str(Path(value).expanduser().absolute())
    except RuntimeError:  # HOME is not set, or there is no such user
        raise InputError(f"{key}={value}: the home folder is not known; give the path without '~'") from None


def _check_output(output_dir: str) -> None:
    folder = Path(output_dir).expanduser().absolute()
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir():
        raise InputError(f"output_dir={output_dir}: {nearest} is not a folder; give a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"output_dir={output_dir}: {nearest} cannot be written to; make it writable or choose another")
