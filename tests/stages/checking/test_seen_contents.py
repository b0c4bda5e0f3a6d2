from pathlib import Path

import polars as pl

from resources.sample_cache import SampleCache
from selection_assets.stages.checking.seen_contents import remember_hashes, seen_hashes

ROWS = pl.DataFrame(
    {
        "filename": ["a", "b", "c", "d"],
        "source": ["a", "b", "c", "d"],
        "etag": ["A", "B", "C", "D"],
        "size": [1, 2, 3, 4],
        "content_key": ["v1/jpeg/aaaa", "v1/jpeg/bbbb", None, "v1/png/dddd"],
    }
)


def test_what_was_read_with_the_etag_of_the_listing_is_known_from_then_on(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    assert seen_hashes(cache, "s3://b", ROWS, 10) == {}
    remember_hashes(cache, "s3://b", ROWS, {"a": "A", "b": "overwritten", "c": "C", "d": "D"})
    assert seen_hashes(cache, "s3://b", ROWS, 10) == {"a": "aaaa", "d": "dddd"}
    assert seen_hashes(cache, "s3://b", ROWS, 3) == {"a": "aaaa"}  # the limit may have been changed
    assert seen_hashes(cache, "s3://other", ROWS, 10) == {}
    changed = ROWS.with_columns(etag=pl.lit("A"))
    assert seen_hashes(cache, "s3://b", changed, 10) == {"a": "aaaa"}
    assert seen_hashes(cache, "s3://b", ROWS.with_columns(size=pl.col("size") + 1), 10) == {}


def test_names_do_not_run_into_one_another(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    rows = ROWS.with_columns(etag=pl.Series(["1", "11", "1", "1"]), size=pl.Series([11, 1, 1, 1]))
    remember_hashes(cache, "p", rows, dict(rows.select("source", "etag").iter_rows()))
    assert seen_hashes(cache, "p", rows, 100) == {"a": "aaaa", "b": "bbbb", "d": "dddd"}
