"""What can be said about a run before it starts: folders and files that are missing, and where nothing can be written.

The stages check everything again; this only saves the wait.
"""

import os
from pathlib import Path
from typing import Any

from configs.errors import InputError
from configs.run_settings import Named, resolve
from resources.datapool import datapool
from resources.datasource import Datasource, existing_folder
from selection_assets.stages.models.model_choice import model_choice


def preflight(named: Named) -> None:
    """Raises InputError naming the option and the mend."""
    source = Datasource(**named.get("datasource", {}))
    embeddings = named.get("input_samples", {}).get("embeddings")
    if embeddings:
        source.shared_file("embeddings", embeddings)
    elif not source.input_dir:
        raise InputError(
            "nothing to select from; add input_dir=/folder/with/images, or embeddings=file.csv with shared_dir"
        )
    if source.input_dir:
        _ = source.input_folder
    if source.shared_dir:
        existing_folder("shared_dir", source.shared_dir)
    for key, stage in (("relevant_filenames_file", "input_samples"), ("checkpoint", "checkpoint")):
        name = named.get(stage, {}).get(key)
        if name:
            source.shared_file(key, name)
    _check_model(named, source)
    pool = named.get("datapool", {})
    if pool.get("name"):
        folder = datapool(source, pool["name"])
        if pool.get("enable_datapool_update", True):
            folder.check_writable()
    _check_output(named.get("run_folder", {}).get("output_dir", ""))


def _check_model(named: Named, source: Datasource) -> None:
    """Options that make no sense together; and a given checkpoint is loaded once: one that does not fit ends the run
    before images are read."""
    if named.get("input_samples", {}).get("embeddings"):
        return
    settings: Any = resolve({key: named[key] for key in ("checkpoint", "embeddings") if key in named})
    checkpoint = settings["checkpoint"].checkpoint
    choice = model_choice(
        settings["checkpoint"].model,
        input_size=settings["embeddings"].collate.input_size,
        has_checkpoint=bool(checkpoint),
        is_training=settings["checkpoint"].enable_training,
    )
    if checkpoint:
        from selection_assets.stages.models.embedding_model import load_model

        load_model(choice, source.shared_file("checkpoint", checkpoint))


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
    try:
        return str(Path(value).expanduser().absolute())
    except RuntimeError:  # HOME is not set, or there is no such user
        raise InputError(f"{key}={value}: the home folder is not known; give the path without '~'") from None


def _check_output(output_dir: str) -> None:
    if not output_dir:
        raise InputError("output_dir is not set; add output_dir=/path/to/folder")
    folder = Path(output_dir).expanduser().absolute()
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir():
        raise InputError(f"output_dir={output_dir}: {nearest} is not a folder; give a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"output_dir={output_dir}: {nearest} cannot be written to; make it writable or choose another")
