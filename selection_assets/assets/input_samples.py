"""The asset `input_samples`: one row per source of this run, from the input folder or from an embeddings file."""

import logging

import polars as pl

from configs.stages.export import ExportConfig
from configs.stages.input import InputConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv
from selection_assets.stages.samples.image_listing import list_images
from selection_assets.stages.samples.relevant_filenames import relevant_lines, relevant_rows
from selection_assets.stages.selection.sample_columns import EXTRA

log = logging.getLogger("winnow")


@step(
    "samples",
    {
        "input_samples": Output(
            "Every sample of the run: name, weak label, size; masked or selected before.", {"polars"}
        )
    },
)
def input_samples(config: InputConfig, export: ExportConfig, datasource: Datasource, folder: RunFolder) -> Made:
    """Sub-folders are weak labels. Files are only listed here; `checked_samples` reads them."""
    if config.embeddings:
        log.info("Loading initial embedding file...")
        log.info("Output images will %sbe resized.", "" if export.output_image_size else "not ")
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
    log.info("Run folder: %s", folder.path)
    return Made(samples, metadata={"source": where, "weak_labels": samples["label"].n_unique()})
