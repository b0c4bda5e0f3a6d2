"""The asset `platform_samples`: what a run keeps arrives in the dataset that scripts see through the platform's API."""

import logging
from collections.abc import Iterator

import polars as pl

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from resources.local_copies import COPIES
from resources.output_place import store_of_file
from resources.platform.datasets import PlatformDataset, dataset_of_partition
from resources.platform.run_results import Kept, add_results, earlier_vectors
from resources.platform.runs import add_artifacts, run_of_scheduled
from resources.platform.samples import NewSample
from resources.run import Run
from resources.run_folder import RunFolder
from resources.tables import Table
from selection_assets.assets.datapool import datapool
from selection_assets.assets.exported_samples import exported_samples
from selection_assets.assets.report import report
from selection_assets.assets.step import Made, Output, step
from selection_assets.assets.uploaded_pictures import uploaded_pictures
from selection_assets.stages.export.dataset_vectors import dataset_vectors
from selection_assets.stages.export.known_samples import known_samples
from selection_assets.stages.models.model_row import row_of
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv
from selection_assets.stages.selection.outcome import PRESELECTED, SELECTED

log = logging.getLogger("winnow")

SCHEMA = {"filename": pl.String, "index": pl.Int64}
VECTORS = "data/dataset_embeddings.csv"


@step(
    "export",
    {"platform_samples": Output("The samples that this run has added to its dataset of the platform.", {"sql"})},
    deps=[exported_samples, uploaded_pictures, report, datapool],  # late: only of a run that went well
)
def platform_samples(
    checkpoint_config: CheckpointConfig,
    checked_samples: Table,
    checkpoint: Table,
    embeddings: Table,
    selected_samples: Table,
    lightly_thumbnails: Table,
    run: Run,
    folder: RunFolder,
) -> Made:
    """Where each kept sample is in the dataset; empty where the dataset is none of the platform."""
    dataset = dataset_of_partition(run.dataset) if run.dataset else None
    if dataset is None:
        return Made(pl.DataFrame(schema=SCHEMA), metadata={"dataset": "none of the platform"})
    kept = selected_samples.frame.filter(pl.col("status").is_in([SELECTED, PRESELECTED])).select("filename")
    rows = kept.join(checked_samples.frame, on="filename", maintain_order="left")
    thumbnails = dict(lightly_thumbnails.frame.rows())
    row = row_of(checkpoint.frame)
    model = row["id"] if row else str(embeddings.told["embedding"]["model"])
    place = folder.place(folder.path / VECTORS)
    vectors = kept.join(embeddings.frame, on="filename", maintain_order="left")
    _write_vectors(vectors, dataset, model, place, folder)
    job = run_of_scheduled(run.scheduled) if run.scheduled else None
    samples = [NewSample(*each) for each in known_samples(rows, thumbnails)]
    added = add_results(dataset, Kept(run.started, job.id if job else None, samples, place, model))
    if job:
        add_artifacts(job.id, _trained(checkpoint, checkpoint_config, folder))
    log.info("Dataset %s has %d more samples; those of this run have the tag %s.", dataset.name, added.new, added.tag)
    return Made(
        kept.with_columns(index=added.indices),
        metadata={"dataset": dataset.id, "new": added.new, "tag": added.tag},
    )


def _trained(checkpoint: Table, config: CheckpointConfig, folder: RunFolder) -> Iterator[tuple[str, str, str]]:
    """The model that a training of this run has made, as an artifact."""
    training = checkpoint.told.get("training")
    if training is not None:
        file = folder.path / config.training.checkpoint_callback.dirpath / training["checkpoint"]
        if file.is_relative_to(folder.path) and file.is_file():
            yield "CHECKPOINT", file.name, folder.place(file)


def _write_vectors(vectors: pl.DataFrame, dataset: PlatformDataset, model: str, place: str, folder: RunFolder) -> None:
    """Of all samples of the dataset that have one by this model."""
    earlier = earlier_vectors(dataset, model, place)
    try:
        file = COPIES.path(*store_of_file(earlier.place, dataset.dataset)) if earlier else None
        found = dataset_vectors(vectors, file)
    except (InputError, OSError) as error:
        log.warning("The dataset's earlier vectors cannot be read, so its new ones are those of this run: %s", error)
        found = dataset_vectors(vectors, None)
    with folder.writing(VECTORS) as path:
        write_embeddings_csv(path, found["filename"], found["embedding"].to_numpy(), found["label_number"])
