"""The asset `uploaded_pictures`: pictures that the server keeps of samples whose dataset has no other place."""

import logging
from functools import partial
from pathlib import Path

import polars as pl

from configs.errors import InputError
from configs.stages.check import CheckConfig
from configs.stages.upload import UploadConfig
from resources.datasource import Datasource
from resources.platform.datasets import dataset_of_partition
from resources.platform.own_pictures import own_input
from resources.run import Run
from resources.tables import Table
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.export.upload_pictures import THUMBNAIL_EDGE, upload_pictures
from selection_assets.stages.pictures.content_key import content_hash_of
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.selection.outcome import PRESELECTED, SELECTED

log = logging.getLogger("winnow")

SCHEMA = {"filename": pl.String}


@step("export", {"uploaded_pictures": Output("Which pictures this run has brought to the server.", {"python"})})
def uploaded_pictures(
    config: UploadConfig,
    check: CheckConfig,
    checked_samples: Table,
    selected_samples: Table,
    datasource: Datasource,
    run: Run,
) -> Made:
    """Of a dataset with a place of its own, pictures stay where they are."""
    dataset = dataset_of_partition(run.dataset) if run.dataset else None
    if config.upload_dataset and dataset is None:
        raise InputError("upload_dataset=True: this dataset is none of the platform; winnow run token=… makes it one")
    place = own_input(run.dataset) if config.upload_dataset else ""
    kept = selected_samples.frame.filter(pl.col("status").is_in([SELECTED, PRESELECTED])).select("filename")
    hashes = kept.join(checked_samples.frame, on="filename", maintain_order="left").select("filename", "content_key")
    hashes = hashes.drop_nulls()
    if not place or config.upload == "none" or hashes.is_empty():
        return Made(pl.DataFrame(schema=SCHEMA), metadata={"uploaded": 0})
    written = upload_pictures(
        {name: content_hash_of(key) for name, key in hashes.rows()},
        partial(datasource.input_store.get, max_bytes=check.max_file_bytes),
        Path(place),
        config.resize or ([THUMBNAIL_EDGE] if config.upload == "thumbnails" else []),
        limits=PictureLimits(check.max_file_bytes, check.max_pixels, check.decode_timeout_seconds),
    )
    log.info("Uploaded %d pictures to %s.", len(written), place)
    return Made(pl.DataFrame({"filename": written}, schema=SCHEMA), metadata={"uploaded": len(written)})
