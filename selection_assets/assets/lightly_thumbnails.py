"""The asset `lightly_thumbnails`: small pictures of the samples in the LIGHTLY place of the dataset."""

import polars as pl

from resources.catalog.datasets import thumbnail_suffix_of
from resources.datasource import Datasource
from resources.engine.local import map_batches
from resources.run import Run
from resources.sample_cache import SampleCache
from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks
from selection_assets.assets.step import Made, Output, step
from selection_assets.stages.export.put_thumbnails import SCHEMA, put_thumbnails


@step(
    "export",
    {"lightly_thumbnails": Output("Which thumbnail lies under which name in the LIGHTLY place.", {"python"})},
)
def lightly_thumbnails(
    thumbnails: Table,
    datasource: Datasource,
    run: Run,
    sample_cache: SampleCache,
    thumbnail_packs: ThumbnailPacks,
) -> Made:
    """Of every healthy sample of the run. None where the run has no LIGHTLY place, or the dataset no name for them."""
    suffix = thumbnail_suffix_of(run.dataset)
    if not suffix or not datasource.shared_dir or thumbnails.frame.is_empty():
        return Made(pl.DataFrame(schema=SCHEMA), metadata={"put": 0})
    found = put_thumbnails(
        thumbnails.frame,
        thumbnail_packs.of(run.dataset, thumbnails).jpegs,
        datasource.shared_store,
        suffix,
        sample_cache,
        map_batches=map_batches,
    )
    counts = {"put": found.put, "there_before": len(found.written) - found.put, "without": len(found.refused)}
    return Made(found.written, metadata=counts)
