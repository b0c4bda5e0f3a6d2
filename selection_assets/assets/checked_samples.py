"""The assets `checked_samples` and `thumbnails`: every file is read once, judged, measured, and made small."""

import json
import logging
from functools import partial

import polars as pl

from configs.stages.check import CheckConfig
from resources.datasource import Datasource
from resources.run import Run
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from resources.stores.bucket_store import BucketStore
from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks
from selection_assets.assets.step import Made, Output, markdown_table, step
from selection_assets.checks import CORRUPT_SHARE, corrupt_share
from selection_assets.stages.checking.check_samples import (
    check_samples,
    corruptness_information,
    refuse_all_corrupt,
    unchecked_samples,
)
from selection_assets.stages.checking.seen_contents import Place, check_unseen
from selection_assets.stages.samples.sample import VECTOR

log = logging.getLogger("winnow")


@step(
    "samples",
    {
        "checked_samples": Output(
            "Every sample with its verdict: healthy with size, sharpness, SNR; or corrupt with the reason.",
            {"polars"},
        ),
        "thumbnails": Output("A small picture of every healthy sample, packed in one file.", {"python"}),
    },
    checks=[CORRUPT_SHARE],
)
def checked_samples(
    config: CheckConfig,
    input_samples: Table,
    datasource: Datasource,
    run: Run,
    folder: RunFolder,
    sample_cache: SampleCache,
    thumbnail_packs: ThumbnailPacks,
) -> dict[str, Made]:
    """Read every file once: hash, full decode, measures, thumbnail. What was judged before is not decoded again."""
    samples = input_samples.frame
    is_checked = not (samples["kind"] == VECTOR).all()
    if not is_checked:
        found = unchecked_samples(samples)
    else:
        if config.enable_corruptness_check:
            log.info("Checking for corrupt images (disable with enable_corruptness_check=False).")
        store = datasource.input_store
        with thumbnail_packs.writing(run.dataset, run.id) as pack:
            if isinstance(store, BucketStore):
                read_with_etag = partial(store.get_with_etag, max_bytes=config.max_file_bytes, listed=True)
                place = Place(store.name, read_with_etag, store.readers)
                found = check_unseen(samples, place, config, sample_cache, pack.add)
            else:
                read = partial(store.get, max_bytes=config.max_file_bytes, listed=True)
                found = check_samples(samples, read, config, sample_cache, pack.add, store.readers)
    corrupt = found.samples.filter(~pl.col("healthy"))
    folder.write_lines("filenames/corrupt_filenames.txt", corrupt["filename"].to_list())
    if is_checked and config.enable_corruptness_check:
        _write_what_was_checked(folder, found.samples)
    refuse_all_corrupt(found.samples)
    # When a file was written, which the listing tells, changes nothing of what follows: only what it holds does.
    checked = found.samples.with_columns(etag=pl.lit(None, pl.String))
    return {
        "checked_samples": Made(
            checked,
            figures={"input_samples": input_samples.told},
            metadata={
                "corrupt": len(corrupt),
                "taken_from_cache": found.reused,
                "corrupt_samples": markdown_table(corrupt.select("filename", "reason"), rows=20),
            },
            checks=[corrupt_share(checked)],
            preview=checked.drop("content_key", "pixel_key", "kind"),
        ),
        "thumbnails": Made(found.thumbnails, figures={"pack": run.id}, metadata={"thumbnails": len(found.thumbnails)}),
    }


def _write_what_was_checked(folder: RunFolder, checked: pl.DataFrame) -> None:
    folder.write_lines("data/clean_filenames.txt", checked.filter("healthy")["filename"].to_list())
    information = corruptness_information(checked)
    folder.write_text("corruptness_check_information.json", json.dumps(information, indent=1, ensure_ascii=False))
