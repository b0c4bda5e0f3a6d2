"""What can be said about a run before it starts: places and files that are missing, and where nothing can be written.

The stages check everything again; this only saves the wait.
"""

from typing import Any

from configs.errors import InputError
from configs.run_settings import Named, resolve_run
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.embedding import EmbeddingConfig
from resources.catalog.datasets import thumbnail_suffix_of
from resources.datapool import datapool
from resources.datasource import Datasource
from resources.local_copies import COPIES
from resources.output_place import output_store
from resources.stores.bucket_store import BucketStore
from resources.stores.location import absolute_place, bucket_location
from resources.table_place import require_table_place
from selection_assets.stages.models.chosen_model import chosen_model


def preflight(named: Named, dataset: str = "") -> None:
    """Raises InputError naming the option and the mend.

    named: all that is named for the run. dataset: whose credentials open buckets.
    """
    settings: Any = resolve_run(named)
    given, model = settings["datasource"], settings["checkpoint"]
    require_table_place()
    source = Datasource(given.input_dir, given.shared_dir, dataset)
    samples, pool = settings["input_samples"], settings["datapool"]
    if not samples.embeddings:
        chosen_model(model, settings["embeddings"], pool)
    for store in (source.input_dir and source.input_store, source.shared_dir and source.shared_store):
        if isinstance(store, BucketStore) and not samples.bypass_verify:
            store.require_place()
    if samples.embeddings:
        source.shared_file("embeddings", samples.embeddings)
    if samples.relevant_filenames_file:
        source.relevant_file(samples.relevant_filenames_file)
    if model.checkpoint:
        source.shared_file("checkpoint", model.checkpoint)
    is_tried = not (samples.bypass_verify and bucket_location("", source.shared_dir))
    if pool.name:
        folder = datapool(source, pool)
        if pool.enable_datapool_update and is_tried:
            folder.check_writable()
    if source.shared_dir and is_tried and not samples.embeddings and dataset and thumbnail_suffix_of(dataset):
        source.shared_store.require_writable()
    if model.checkpoint and not samples.embeddings:
        _load_model(model, settings["embeddings"], source)
    output = settings["run_folder"].output_dir
    if not (samples.bypass_verify and bucket_location("", output)):
        _check_output(output, dataset)


def _load_model(checkpoint: CheckpointConfig, embedding: EmbeddingConfig, source: Datasource) -> None:
    """A given checkpoint is loaded once: one that does not fit ends the run before images are read."""
    from selection_assets.stages.models.embedding_model import load_model

    choice = chosen_model(checkpoint, embedding, DatapoolConfig())
    try:
        load_model(choice, source.shared_file("checkpoint", checkpoint.checkpoint))
    except InputError as error:
        raise InputError(COPIES.told(str(error))) from None


def with_absolute_folders(named: Named) -> Named:
    """`named` with every folder as an absolute path or a place in a bucket: other processes, with another working
    folder, use it too.

    Raises InputError for the home folder of somebody unknown.
    """
    folders = {"datasource": ("input_dir", "shared_dir"), "run_folder": ("output_dir",)}
    return {
        stage: {
            name: absolute_place(name, value) if value and name in folders.get(stage, ()) else value
            for name, value in fields.items()
        }
        for stage, fields in named.items()
    }


def _check_output(output_dir: str, dataset: str) -> None:
    try:
        output_store(output_dir, dataset).require_writable()
    except InputError as error:
        raise InputError(f"output_dir={output_dir}: {error}") from None
