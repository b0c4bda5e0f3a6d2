"""What can be said about a run before it starts: folders and files that are missing, and where nothing can be written.

The stages check everything again; this only saves the wait.
"""

import os
from pathlib import Path

from configs.errors import InputError
from configs.run_settings import Named, resolve
from resources.datapool import datapool
from resources.datasource import Datasource, existing_folder


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
    _check_checkpoint(named, source)
    pool = named.get("datapool", {})
    if pool.get("name"):
        folder = datapool(source, pool["name"])
        if pool.get("enable_datapool_update", True):
            folder.check_writable()
    _check_output(named.get("run_folder", {}).get("output_dir", ""))


def _check_checkpoint(named: Named, source: Datasource) -> None:
    """Load a given checkpoint once: one that does not fit ends the run before images are read."""
    name = named.get("checkpoint", {}).get("checkpoint")
    if name and not named.get("input_samples", {}).get("embeddings"):
        from selection_assets.stages.embedding.architecture import Architecture
        from selection_assets.stages.embedding.embedding_model import load_model

        model = resolve({"checkpoint": named["checkpoint"]})["checkpoint"].model  # type: ignore[attr-defined]
        load_model(Architecture(model.name, model.width, model.num_ftrs), source.shared_file("checkpoint", name))


def with_absolute_folders(named: Named) -> Named:
    """`named` with every folder as an absolute path: other processes, with another working folder, use it too."""
    folders = {"datasource": ("input_dir", "shared_dir"), "run_folder": ("output_dir",)}
    return {
        stage: {
            name: str(Path(value).expanduser().absolute()) if value and name in folders.get(stage, ()) else value
            for name, value in fields.items()
        }
        for stage, fields in named.items()
    }


def _check_output(output_dir: str) -> None:
    if not output_dir:
        raise InputError("output_dir is not set; add output_dir=/path/to/folder")
    folder = Path(output_dir).expanduser().absolute()
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not nearest.is_dir():
        raise InputError(f"output_dir={output_dir}: {nearest} is not a folder; give a folder")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"output_dir={output_dir}: {nearest} cannot be written to; make it writable or choose another")
