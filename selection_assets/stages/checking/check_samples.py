"""The table of checked samples: every file is read once, judged, measured, and made small.

The flow of files through the decoders is in `check_pool`; what is known from earlier runs in `verdict_cache`.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from types import MappingProxyType

import polars as pl

from configs.errors import InputError
from configs.stages.check import CheckConfig
from selection_assets.stages.checking.check_pool import CheckedFile, check_images, verdict_key
from selection_assets.stages.checking.verdict_cache import Cache, known_verdicts, remember_verdicts, thumbnails_of
from selection_assets.stages.samples.sample import VECTOR

BLOCK = 256  # files whose verdicts are stored, and whose thumbnails are packed, at a time
MEASURES = {
    "width": pl.Int64,
    "height": pl.Int64,
    "sharpness": pl.Float64,
    "snr": pl.Float64,
    "luminance": pl.Float64,
    "size_in_bytes": pl.Int64,
}
VERDICT = {
    "filename": pl.String,
    "content_key": pl.String,
    "healthy": pl.Boolean,
    "reason": pl.String,
    "reason_class": pl.String,
    "pixel_key": pl.String,
    **MEASURES,
}
# begin, length: the place of the JPEG in the pack, in bytes.
THUMBNAILS = {
    "filename": pl.String,
    "content_key": pl.String,
    "width": pl.Int64,
    "height": pl.Int64,
    "begin": pl.Int64,
    "length": pl.Int64,
}


@dataclass(frozen=True)
class CheckedSamples:
    """samples: those that were checked with the columns of `VERDICT`, a row per sample.
    thumbnails: see `THUMBNAILS`; of the healthy ones. reused: how many verdicts were known before."""

    samples: pl.DataFrame
    thumbnails: pl.DataFrame
    reused: int


def check_samples(
    samples: pl.DataFrame,
    read: Callable[[str], bytes],
    config: CheckConfig,
    cache: Cache,
    pack: Callable[[bytes], int],
    num_readers: int = 4,
    seen: Mapping[str, str] = MappingProxyType({}),
) -> CheckedSamples:
    """Check every sample of a table that has a file; vectors have none, and count as healthy.

    samples: filename, kind, source. read: key of a source -> its bytes, see `check_images`. pack: takes a JPEG, and
    tells at which byte it begins. seen: filename -> SHA-256 of its bytes, where that is known without reading them.
    Verdicts belong to names, whatever the order of rows.
    Raises InputError for the first corrupt one where enable_corruptness_check is off.
    """
    pictures = samples.filter(pl.col("kind") != VECTOR)
    source_of = dict(pictures.select("filename", "source").iter_rows())
    verdicts: list[tuple[object, ...]] = []
    thumbnails: list[tuple[object, ...]] = []
    block: list[CheckedFile] = []
    reused = 0

    def store() -> None:
        remember_verdicts(cache, [each for each in block if not each.reused])
        old = thumbnails_of(cache, [each.key for each in block if each.key and each.reused and each.check.healthy])
        for each in block:
            if each.check.healthy:
                jpeg = each.check.thumbnail or old[each.key or ""]
                place = (each.check.thumbnail_width, each.check.thumbnail_height, pack(jpeg), len(jpeg))
                thumbnails.append((each.filename, each.key, *place))
        block.clear()

    judged = _judged_before(seen, config, cache)
    to_read = pictures.filter(~pl.col("filename").is_in(judged.keys()))
    checked_now = check_images(
        to_read["filename"].to_list(),
        lambda filename: read(source_of[filename]),
        thumbnail_size=config.thumbnail_size,
        max_pixels=config.max_pixels,
        max_bytes=config.max_file_bytes,
        timeout_s=config.decode_timeout_seconds,
        num_workers=config.num_workers if config.num_workers > 0 else os.cpu_count() or 1,
        num_readers=num_readers,
        known=partial(known_verdicts, cache),
    )
    for result in chain(judged.values(), checked_now):
        check = result.check
        if not check.healthy and not config.enable_corruptness_check:
            raise InputError(
                f"{result.filename}: {check.reason}; remove it, or set enable_corruptness_check=True to leave it out"
            )
        verdict = (check.healthy, check.reason, check.reason_class, check.pixel_key)
        verdicts.append((result.filename, result.key, *verdict, *(getattr(check, name) for name in MEASURES)))
        reused += result.reused
        block.append(result)
        if len(block) >= BLOCK:
            store()
    store()
    found = pl.DataFrame(verdicts, schema=VERDICT, orient="row")
    checked = pictures.join(found, on="filename", how="inner", maintain_order="left", validate="1:1")
    if len(checked) < len(samples):
        vectors = unchecked_samples(samples.filter(pl.col("kind") == VECTOR)).samples.select(checked.columns)
        order = samples.select("filename")
        checked = order.join(pl.concat([checked, vectors]), on="filename", maintain_order="left", validate="1:1")
    return CheckedSamples(checked, pl.DataFrame(thumbnails, schema=THUMBNAILS, orient="row"), reused)


def _judged_before(seen: Mapping[str, str], config: CheckConfig, cache: Cache) -> dict[str, CheckedFile]:
    """By filename: those of `seen` with a verdict."""
    keys = {
        filename: verdict_key(content_hash, filename, config.thumbnail_size, config.max_pixels)
        for filename, content_hash in seen.items()
    }
    verdicts = known_verdicts(cache, list(keys.values()))
    return {
        filename: CheckedFile(filename, seen[filename], key, verdicts[key], reused=True)
        for filename, key in keys.items()
        if key in verdicts
    }


def refuse_all_corrupt(checked: pl.DataFrame) -> None:
    """Raises InputError where no sample is healthy."""
    if not checked["healthy"].any():
        first = checked.row(0, named=True)
        raise InputError(
            f"all {len(checked)} images are corrupt, so nothing can be selected; the first one is "
            f"{first['filename']}: {first['reason']}"
        )


def unchecked_samples(samples: pl.DataFrame) -> CheckedSamples:
    """Samples of an embeddings file: there is nothing to read, so all count as healthy."""
    nothing = {name: pl.lit(None, dtype) for name, dtype in VERDICT.items() if name != "filename"}
    checked = samples.with_columns(**{**nothing, "healthy": pl.lit(True)})
    return CheckedSamples(checked, pl.DataFrame(schema=THUMBNAILS), 0)


def corruptness_information(checked: pl.DataFrame) -> dict[str, dict[str, str]]:
    """What `corruptness_check_information.json` holds: by file the class of the reason, and the reason."""
    corrupt = checked.filter(~pl.col("healthy"))
    return {
        "corrupt_samples": dict(corrupt.select("filename", "reason_class").iter_rows()),
        "corrupt_videos": {},
        "reasons": dict(corrupt.select("filename", "reason").iter_rows()),
    }


def thumbnail_of(filename: str, read: Callable[[str], bytes], config: CheckConfig) -> bytes | None:
    """The JPEG of one picture that no check has seen; None where it cannot be read or is corrupt."""
    (result,) = check_images(
        [filename],
        read,
        thumbnail_size=config.thumbnail_size,
        max_pixels=config.max_pixels,
        max_bytes=config.max_file_bytes,
        timeout_s=config.decode_timeout_seconds,
        num_workers=1,
        num_readers=1,
    )
    return result.check.thumbnail
