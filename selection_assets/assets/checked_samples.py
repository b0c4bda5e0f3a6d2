"""The assets `checked_samples` and `thumbnails`: every file is read once, judged, measured, and made small."""

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial

import polars as pl
from dagster import AssetOut, MaterializeResult, ResourceParam, multi_asset

from configs.errors import InputError
from configs.stages.check import CheckConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from selection_assets.assets.step import effective, preview, step
from selection_assets.checks import CORRUPT_SHARE, corrupt_share
from selection_assets.partitions import datasets
from selection_assets.stages.checking.check_pool import CheckedFile, check_images
from selection_assets.stages.checking.image_check import ImageCheck
from selection_assets.stages.pictures.file_reading import read_regular_file

log = logging.getLogger("winnow")

VERDICTS = "verdicts"  # scope in the cache: keys carry the reader's version themselves
STORE_EVERY = 256
MEASURES = {
    "width": pl.Int64,
    "height": pl.Int64,
    "sharpness": pl.Float64,
    "snr": pl.Float64,
    "luminance": pl.Float64,
    "size_in_bytes": pl.Int64,
    "pixel_key": pl.String,
}
SCHEMA = {"content_key": pl.String, "healthy": pl.Boolean, "reason": pl.String, "reason_class": pl.String, **MEASURES}


@multi_asset(
    outs={
        "checked_samples": AssetOut(
            io_manager_key="tables",
            kinds={"polars"},
            description="Every sample with its verdict: healthy with size, sharpness, SNR; or corrupt with the reason.",
            code_version="1",
        ),
        "thumbnails": AssetOut(
            io_manager_key="tables",
            kinds={"polars"},
            description="Which healthy samples have a thumbnail in the cache, and its size in pixels.",
            code_version="1",
        ),
    },
    name="checked_samples",
    check_specs=[CORRUPT_SHARE],
    partitions_def=datasets,
)
def checked_samples(
    config: CheckConfig,
    input_samples: pl.DataFrame,
    datasource: ResourceParam[Datasource],
    run_folder: ResourceParam[RunFolder],
    sample_cache: ResourceParam[SampleCache],
) -> Iterator[MaterializeResult[pl.DataFrame]]:
    """Read every file once: hash, full decode, measures, thumbnail. What was judged before is not decoded again."""
    config = effective(config, run_folder)
    with step(run_folder, "checked_samples"):
        if "embedding" in input_samples["kind"].unique():
            checked = _unchecked(input_samples)
            thumbnails = pl.DataFrame(schema=THUMBNAILS)
            reused = 0
        else:
            if config.enable_corruptness_check:
                log.info("Checking for corrupt images (disable with enable_corruptness_check=False).")
            checked, thumbnails, reused = _check(input_samples, config, datasource, sample_cache)
        corrupt = checked.filter(~pl.col("healthy"))
        _write_corrupt(run_folder, checked, corrupt)
        if len(corrupt) == len(checked):
            first = corrupt.row(0, named=True)
            raise InputError(
                f"all {len(corrupt)} images are corrupt, so nothing can be selected; the first one is "
                f"{first['filename']}: {first['reason']}"
            )
    yield MaterializeResult(
        asset_key="checked_samples",
        value=checked,
        check_results=[corrupt_share(checked)],
        metadata={
            "corrupt": len(corrupt),
            "taken_from_cache": reused,
            "corrupt_samples": preview(corrupt.select("filename", "reason"), rows=20),
            "preview": preview(checked.drop("content_key", "pixel_key", "kind", strict=False)),
        },
    )
    yield MaterializeResult(
        asset_key="thumbnails",
        value=thumbnails,
        metadata={"thumbnails": len(thumbnails), "preview": preview(thumbnails)},
    )


THUMBNAILS = {"filename": pl.String, "content_key": pl.String, "width": pl.Int64, "height": pl.Int64}


def _unchecked(samples: pl.DataFrame) -> pl.DataFrame:
    """Samples of an embeddings file: there is nothing to read."""
    nothing = {name: pl.lit(None, dtype) for name, dtype in SCHEMA.items()}
    return samples.with_columns(**{**nothing, "healthy": pl.lit(True)})


def _check(
    samples: pl.DataFrame, config: CheckConfig, datasource: Datasource, cache: SampleCache
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """The tables of verdicts and thumbnails, and how many verdicts were known before."""
    rows: list[tuple[object, ...]] = []
    thumbnails: list[tuple[object, ...]] = []
    fresh: list[CheckedFile] = []
    reused = 0
    results = check_images(
        samples["filename"].to_list(),
        partial(read_regular_file, datasource.input_folder, max_bytes=config.max_file_bytes),
        thumbnail_size=config.thumbnail_size,
        max_pixels=config.max_pixels,
        max_bytes=config.max_file_bytes,
        timeout_s=config.decode_timeout_seconds,
        num_workers=config.num_workers if config.num_workers > 0 else os.cpu_count() or 1,
        known=partial(_known, cache),
    )
    for result in results:
        check = result.check
        if not check.healthy and not config.enable_corruptness_check:
            raise InputError(
                f"{result.filename}: {check.reason}; remove it, or set enable_corruptness_check=True to leave it out"
            )
        measures = [getattr(check, name) for name in MEASURES]
        rows.append((result.key, check.healthy, check.reason, check.reason_class, *measures))
        if check.healthy:
            thumbnails.append((result.filename, result.key, check.thumbnail_width, check.thumbnail_height))
        reused += result.reused
        if result.key is not None and not result.reused:
            fresh.append(result)
        if len(fresh) >= STORE_EVERY:
            _remember(cache, fresh)
            fresh.clear()
    _remember(cache, fresh)
    verdicts = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return samples.hstack(verdicts), pl.DataFrame(thumbnails, schema=THUMBNAILS, orient="row"), reused


def _known(cache: SampleCache, keys: Sequence[str]) -> Mapping[str, ImageCheck]:
    """Verdicts of earlier runs whose thumbnails are there too."""
    verdicts = {key: ImageCheck(**json.loads(value)) for key, value in cache.get_many("checks", VERDICTS, keys).items()}
    healthy = [key for key, check in verdicts.items() if check.healthy]
    missing = set(healthy) - cache.known("thumbnails", VERDICTS, healthy)
    return {key: check for key, check in verdicts.items() if key not in missing}


def _remember(cache: SampleCache, results: Sequence[CheckedFile]) -> None:
    """Thumbnails first: a verdict without its thumbnail would be of no use."""
    keyed = [(result.key, result.check) for result in results if result.key is not None]
    cache.put_many("thumbnails", VERDICTS, [(key, check.thumbnail) for key, check in keyed if check.thumbnail])
    cache.put_many(
        "checks", VERDICTS, [(key, json.dumps(asdict(replace(check, thumbnail=None))).encode()) for key, check in keyed]
    )


def _write_corrupt(run_folder: RunFolder, checked: pl.DataFrame, corrupt: pl.DataFrame) -> None:
    run_folder.write_lines("filenames/corrupt_filenames.txt", corrupt["filename"].to_list())
    run_folder.write_lines("data/clean_filenames.txt", checked.filter("healthy")["filename"].to_list())
    information = {
        "corrupt_samples": dict(corrupt.select("filename", "reason_class").iter_rows()),
        "corrupt_videos": {},
        "reasons": dict(corrupt.select("filename", "reason").iter_rows()),
    }
    run_folder.write_text("corruptness_check_information.json", json.dumps(information, indent=1, ensure_ascii=False))
