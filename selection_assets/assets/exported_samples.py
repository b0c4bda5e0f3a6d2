"""The asset `exported_samples`: copies of the selected images in the run folder, where they are asked for."""

import logging
from functools import partial

import polars as pl
from dagster import MaterializeResult, ResourceParam, asset

from configs.stages.check import CheckConfig
from configs.stages.export import ExportConfig
from resources.datasource import Datasource
from resources.engine.local import map_batches
from resources.run_folder import RunFolder
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.export.dump import dump_images
from selection_assets.stages.pictures.file_reading import read_regular_file
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.selection.outcome import PRESELECTED, SELECTED

log = logging.getLogger("winnow")


@asset(
    partitions_def=datasets,
    io_manager_key="tables",
    kinds={"pillow"},
    code_version="1",
)
def exported_samples(
    config: ExportConfig,
    selected_samples: pl.DataFrame,
    datasource: ResourceParam[Datasource],
    run_folder: ResourceParam[RunFolder],
) -> MaterializeResult[pl.DataFrame]:
    """Which image was written under which name below data/sampled; empty where dump_dataset=False."""
    config = effective(config, run_folder)
    written: dict[str, str] = {}
    with step(run_folder, "exported_samples"):
        if config.dump_dataset:
            names = selected_samples.filter(pl.col("status").is_in([SELECTED, PRESELECTED]))["filename"].to_list()
            folder = run_folder.path / "data" / "sampled"
            log.info("Writing %d selected images to %s.", len(names), folder)
            check = settings_of(run_folder, CheckConfig)
            result = dump_images(
                names,
                partial(read_regular_file, datasource.input_folder, max_bytes=check.max_file_bytes),
                folder,
                map_batches=map_batches,
                image_format=config.output_image_format,
                image_size=config.output_image_size,
                limits=PictureLimits(check.max_file_bytes, check.max_pixels, check.decode_timeout_seconds),
            )
            written = result.written
        table = pl.DataFrame(
            {"filename": list(written), "written_as": list(written.values())},
            schema={"filename": pl.String, "written_as": pl.String},
        )
    return MaterializeResult(value=table, metadata={"written": len(table), "preview": preview(table)})
