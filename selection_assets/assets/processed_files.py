"""The asset `processed_files`: what the dataset's later runs need not take again. Last of all: only a run that got here
has taken its files to their end."""

import logging

import polars as pl

from resources.catalog.processed_files import SCHEMA, ProcessedFiles
from resources.run import Run
from resources.tables import Table
from selection_assets.assets.datapool import datapool
from selection_assets.assets.exported_samples import exported_samples
from selection_assets.assets.lightly_thumbnails import lightly_thumbnails
from selection_assets.assets.platform_samples import platform_samples
from selection_assets.assets.report import report
from selection_assets.assets.step import Made, Output, step
from selection_assets.checks import UP_TO_DATE, up_to_date

log = logging.getLogger("winnow")


@step(
    "samples",
    {"processed_files": Output("The files that this run has taken to its end.", {"sql"})},
    checks=[UP_TO_DATE],
    deps=[exported_samples, lightly_thumbnails, report, datapool, platform_samples],  # a run leaves some of them out
)
def processed_files(input_samples: Table, checked_samples: Table, run: Run, processed: ProcessedFiles) -> Made:
    """As they were listed: what was overwritten since is new. What could not be read is left for a later run."""
    listed = input_samples.frame.filter(pl.col("source").is_not_null())
    read = checked_samples.frame.filter(pl.col("content_key").is_not_null()).select("filename")
    files = (
        listed.join(read, on="filename", how="semi", maintain_order="left")
        .select(*SCHEMA)
        .unique("source", maintain_order=True)
    )
    processed.add(files, run.id)
    if unread := len(listed) - len(files):
        log.warning("%d files could not be read: the next run of the dataset tries them again.", unread)
    return Made(files, metadata={"files": len(files), "could_not_be_read": unread}, checks=[up_to_date()])
