"""The asset `input_samples`: one row per sample of this run, from the input folder or from an embeddings file."""

import logging

import polars as pl
from dagster import MaterializeResult, ResourceParam, asset

from configs.stages.input import InputConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.run_datapool import check_datapool
from selection_assets.assets.step import effective, preview, step
from selection_assets.partitions import datasets
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv
from selection_assets.stages.samples.image_listing import list_images
from selection_assets.stages.samples.relevant_filenames import relevant_lines, relevant_rows
from selection_assets.stages.selection.goals.sample_columns import EXTRA

log = logging.getLogger("winnow")


@asset(
    partitions_def=datasets,
    io_manager_key="tables",
    kinds={"polars"},
    code_version="1",
)
def input_samples(
    config: InputConfig, datasource: ResourceParam[Datasource], run_folder: ResourceParam[RunFolder]
) -> MaterializeResult[pl.DataFrame]:
    """Every sample of this run: filename, weak label, size, modification time; masked or selected before.

    Sub-folders are weak labels. Files are only listed here; `checked_samples` reads them.
    """
    config = effective(config, run_folder)
    with step(run_folder, "input_samples"):
        check_datapool(run_folder, datasource)
        if config.embeddings:
            log.info("Loading initial embedding file...")
            log.info(
                "Output images will not be resized." if _keeps_size(run_folder) else "Output images will be resized."
            )
            file = datasource.shared_file("embeddings", config.embeddings)
            samples = read_embeddings_csv(file).drop("embedding")
            extra = [name for name in samples.columns if name not in ("filename", "label", "masked", "preselected")]
            samples = samples.rename({name: f"{EXTRA}{name}" for name in extra}).with_columns(kind=pl.lit("embedding"))
            where = f"shared_dir/{config.embeddings}"
        else:
            log.info("Loading initial dataset...")
            samples = list_images(datasource.input_folder).with_columns(masked=pl.lit(False), preselected=pl.lit(False))
            where = "input_dir"
        log.info("Found %d input images in %s.", len(samples), where)
        if config.relevant_filenames_file:
            file = datasource.shared_file("relevant_filenames_file", config.relevant_filenames_file)
            lines = relevant_lines(file.read_bytes(), str(file))
            samples = samples[relevant_rows(lines, samples["filename"].to_list(), str(file))]
            log.info("Using the %d images named by %s.", len(samples), config.relevant_filenames_file)
        log.info("Run folder: %s", run_folder.path)
    return MaterializeResult(
        value=samples,
        metadata={"source": where, "weak_labels": samples["label"].n_unique(), "preview": preview(samples)},
    )


def _keeps_size(run_folder: RunFolder) -> bool:
    return not run_folder.settings["exported_samples"].output_image_size  # type: ignore[attr-defined]
