"""The asset `exported_samples`: copies of the selected images in the run folder, where they are asked for."""

import logging
from functools import partial

import polars as pl

from configs.stages.check import CheckConfig
from configs.stages.export import ExportConfig
from resources.datasource import Datasource
from resources.engine.local import map_batches
from resources.run_folder import RunFolder
from resources.tables import Table
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.export.dump import dump_images
from selection_assets.stages.pictures.content_key import content_hash_of
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.selection.outcome import PRESELECTED, SELECTED

log = logging.getLogger("winnow")

SCHEMA = {"filename": pl.String, "written_as": pl.String}


@step(
    "export", {"exported_samples": Output("Which image was written under which name below data/sampled.", {"python"})}
)
def exported_samples(
    config: ExportConfig,
    check: CheckConfig,
    checked_samples: Table,
    selected_samples: Table,
    datasource: Datasource,
    folder: RunFolder,
) -> Made:
    """The selected images, with those that were selected before; none where dump_dataset=False."""
    if not config.dump_dataset:
        return Made(pl.DataFrame(schema=SCHEMA), metadata={"written": 0})
    kept = selected_samples.frame.filter(pl.col("status").is_in([SELECTED, PRESELECTED])).select("filename")
    names = kept["filename"].to_list()
    checked = checked_samples.frame.select("filename", "content_key").drop_nulls()
    hashes = {name: content_hash_of(key) for name, key in kept.join(checked, on="filename").rows()}
    target = folder.path / "data" / "sampled"
    log.info("Writing %d selected images to %s.", len(names), folder.place(target))
    result = dump_images(
        names,
        partial(datasource.input_store.get, max_bytes=check.max_file_bytes),
        target,
        map_batches=map_batches,
        image_format=config.output_image_format,
        image_size=config.output_image_size,
        content_hashes=hashes,
        limits=PictureLimits(check.max_file_bytes, check.max_pixels, check.decode_timeout_seconds),
    )
    frame = pl.DataFrame(list(result.written.items()), schema=SCHEMA, orient="row")
    return Made(frame, metadata={"written": len(frame)})
