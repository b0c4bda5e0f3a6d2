"""The asset `input_samples`: one row per sample of this run, from the input folder or from an embeddings file."""

import logging

from configs.stages.export import ExportConfig
from configs.stages.input import InputConfig
from configs.stages.run_folder import RunFolderConfig
from resources.datasource import Datasource
from resources.local_copies import COPIES
from resources.run_folder import RunFolder
from resources.stores.location import absolute_place
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.checking.check_pool import expect_pictures
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv
from selection_assets.stages.samples.image_listing import list_samples
from selection_assets.stages.samples.relevant_filenames import relevant_lines, relevant_rows
from selection_assets.stages.samples.sample import vector_samples

log = logging.getLogger("winnow")


@step(
    "samples",
    {"input_samples": Output("Every sample: name, weak label, size; masked or selected before.", {"polars"}, "2")},
)
def input_samples(
    config: InputConfig, export: ExportConfig, output: RunFolderConfig, datasource: Datasource, folder: RunFolder
) -> Made:
    """Sub-folders are weak labels. Files are only listed here; `checked_samples` reads them."""
    relevant = _relevant(config, datasource)
    if config.embeddings:
        log.info("Loading initial embedding file...")
        log.info("Output images will %sbe resized.", "" if export.output_image_size else "not ")
        samples = vector_samples(read_embeddings_csv(datasource.shared_file("embeddings", config.embeddings)))
        if relevant:
            samples = samples[relevant_rows(relevant[0], samples["filename"].to_list(), relevant[1])]
        where = f"shared_dir/{config.embeddings}"
    else:
        log.info("Loading initial dataset...")
        expect_pictures()
        store = datasource.input_store
        outputs = store.key_of_folder(absolute_place("output_dir", output.output_dir))
        samples, notes = list_samples(store, output_folder=outputs, relevant=relevant)
        for line in notes.remarks():
            log.info(line)
        for line in notes.warnings():
            log.warning(line)
        where = "input_dir"
    log.info("Found %d input images in %s.", len(samples), where)
    if relevant:
        log.info("Using the %d images named by %s.", len(samples), config.relevant_filenames_file)
    log.info("Run folder: %s", folder.place())
    return Made(samples, metadata={"source": where, "weak_labels": samples["label"].n_unique()})


def _relevant(config: InputConfig, datasource: Datasource) -> tuple[list[str], str] | None:
    """Lines of the relevant filenames file, and its name; None where there is none."""
    if not config.relevant_filenames_file:
        return None
    file = datasource.relevant_file(config.relevant_filenames_file)
    where = COPIES.place_of(file)
    return relevant_lines(file.read_bytes(), where), where
