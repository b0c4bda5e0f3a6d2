"""The asset `input_samples`: one row per sample of this run, from the input folder or from an embeddings file."""

import logging

from configs.stages.export import ExportConfig
from configs.stages.input import InputConfig
from configs.stages.run_folder import RunFolderConfig
from resources.catalog.processed_files import ProcessedFiles
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.step import Made, Output, step
from selection_assets.expiration import lasting_samples
from selection_assets.listing import listed_samples, only_new, relevant_of
from selection_assets.stages.checking.check_pool import expect_pictures
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv
from selection_assets.stages.samples.relevant_filenames import relevant_rows
from selection_assets.stages.samples.sample import vector_samples
from selection_assets.stages.samples.sample_table import MODIFIED

log = logging.getLogger("winnow")


@step(
    "samples",
    {
        "input_samples": Output(
            "Every sample: name, weak label, size; masked or selected before.", {"polars"}, "3", optional=True
        )
    },
)
def input_samples(
    config: InputConfig,
    export: ExportConfig,
    output: RunFolderConfig,
    datasource: Datasource,
    processed: ProcessedFiles,
    folder: RunFolder,
) -> Made | None:
    """Sub-folders are weak labels. Files are only listed here; `checked_samples` reads them. None: nothing is to do."""
    if config.embeddings:
        log.info("Loading initial embedding file...")
        log.info("Output images will %sbe resized.", "" if export.output_image_size else "not ")
        samples = vector_samples(read_embeddings_csv(datasource.shared_file("embeddings", config.embeddings)))
        if relevant := relevant_of(config, datasource):
            samples = samples[relevant_rows(relevant[0], samples["filename"].to_list(), relevant[1])]
        where = f"shared_dir/{config.embeddings}"
    else:
        log.info("Loading initial dataset...")
        expect_pictures()
        samples, notes = listed_samples(config, output, datasource)
        for line in notes.remarks():
            log.info(line)
        for line in notes.warnings():
            log.warning(line)
        where = "input_dir"
    log.info("Found %d input images in %s.", len(samples), where)
    if config.relevant_filenames_file:
        log.info("Using the %d images named by %s.", len(samples), config.relevant_filenames_file)
    if not config.process_all and not config.embeddings:
        listed, samples = len(samples), only_new(samples, processed)
        if samples.is_empty():
            log.info(
                "No file is new: earlier runs have processed all %d. Nothing is done; to do them again, set "
                "datasource.process_all=True.",
                listed,
            )
            return None
        if len(samples) < listed:
            log.info("%d of them are new; earlier runs have processed the others.", len(samples))
    expiring = 0
    if not config.embeddings:
        listed = len(samples)
        samples, warnings = lasting_samples(samples, config.input_expiration, datasource.input_store)
        for line in warnings:
            log.warning(line)
        if samples.is_empty():
            log.info("All %d files are left out. Nothing is done.", listed)
            return None
        expiring = listed - len(samples)
    log.info("Run folder: %s", folder.place())
    about = {"source": where, "weak_labels": samples["label"].n_unique(), "about_to_be_deleted": expiring}
    return Made(samples.drop(MODIFIED, strict=False), metadata=about)
