"""What goes from the state folder, and what stays there."""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from dagster import DagsterInstance, build_output_context

from configs.errors import InputError
from resources.cleaning.clean import clean
from resources.cleaning.keep_days import days_in, keep_days
from resources.cleaning.removed import Removed
from resources.instance import dagster_instance
from resources.locks import dataset_lock, free_dataset, staging_lock
from resources.sample_cache import SampleCache
from resources.stores.bucket_store import BucketStore
from resources.table_place import table_place
from resources.tables import Table, TableIOManager
from resources.thumbnail_packs import ThumbnailPacks

OLD, BEFORE = 1_000_000.0, 2_000_000.0  # seconds since 1970


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    with dagster_instance() as made:
        made.add_dynamic_partitions("datasets", ["kept"])
        yield made


def old_file(path: Path, content: bytes = b"1234") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (OLD, OLD))
    os.utime(path.parent, (OLD, OLD))
    return path


def write_thumbnails(dataset: str, pack: str) -> None:
    frame = pl.DataFrame({"content_key": ["k"], "begin": [0], "length": [4]})
    context = build_output_context(asset_key="thumbnails", partition_key=dataset)
    TableIOManager(base_path=table_place()).handle_output(context, Table(frame, {}, {"pack": pack}))


def cleaned(instance: DagsterInstance, *, dry_run: bool = False) -> dict[str, tuple[int, int]]:
    removed = clean(instance, lambda: instance.get_dynamic_partitions("datasets"), BEFORE, dry_run=dry_run)
    return {each.what: (each.count, each.size) for each in removed if each.count}


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_old_packs_that_the_table_does_not_name_go(instance: DagsterInstance, home: Path) -> None:
    write_thumbnails("kept", "named")
    folder = home / "thumbnails" / "kept"
    for name in ("named", "before", ".winnow-half"):
        old_file(folder / f"{name}.jpegs")
    (folder / "young.jpegs").write_bytes(b"1")
    expected = {"packs of thumbnails that no table names": (2, 8)}
    assert cleaned(instance, dry_run=True) == expected
    assert len(files(folder)) == 4
    assert cleaned(instance) == expected
    assert files(folder) == {"named.jpegs", "young.jpegs"}
    thumbnails = Table(pl.DataFrame({"content_key": ["k"], "begin": [0], "length": [4]}), {}, {"pack": "named"})
    assert ThumbnailPacks(home / "thumbnails").of("kept", thumbnails).jpegs(["k"]) == {"k": b"1234"}
    assert cleaned(instance) == {}


def test_packs_of_a_dataset_at_work_or_with_a_damaged_table_stay(instance: DagsterInstance, home: Path) -> None:
    write_thumbnails("kept", "named")
    pack = old_file(home / "thumbnails" / "kept" / "before.jpegs")
    with dataset_lock("kept", "run", lambda _: None):
        assert cleaned(instance) == {}
    table = home / "tables" / "thumbnails" / "kept.parquet"
    whole = table.read_bytes()
    table.write_bytes(b"PAR1 and no more")
    assert cleaned(instance) == {} and pack.exists()
    table.write_bytes(whole)
    assert cleaned(instance) == {"packs of thumbnails that no table names": (1, 4)}
    old_file(pack)
    table.unlink()  # nothing names it
    assert cleaned(instance) == {"packs of thumbnails that no table names": (1, 4)}


def test_no_run_begins_on_a_dataset_that_is_being_cleaned(home: Path) -> None:
    with free_dataset("kept", "winnow clean") as is_free:
        assert is_free
        path = home / "locks" / "datasets" / "kept.lock"
        with path.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with dataset_lock("kept", "run", lambda _: None), free_dataset("kept", "winnow clean") as is_free:
        assert not is_free


def test_files_of_deleted_datasets_go_at_any_age(instance: DagsterInstance, home: Path) -> None:
    for dataset in ("kept", "gone"):
        for asset in ("embeddings", "report"):
            (home / "tables" / asset).mkdir(parents=True, exist_ok=True)
            (home / "tables" / asset / f"{dataset}.parquet").write_bytes(b"12")
        (home / "thumbnails" / dataset).mkdir(parents=True)
        (home / "thumbnails" / dataset / "r.jpegs").write_bytes(b"123")
    (home / "tables" / "report" / ".winnow-x.parquet").write_bytes(b"being written")
    expected = {"tables of deleted datasets": (2, 4), "thumbnails of deleted datasets": (1, 3)}
    assert cleaned(instance, dry_run=True) == expected == cleaned(instance)
    assert files(home / "tables") == {"embeddings/kept.parquet", "report/kept.parquet", "report/.winnow-x.parquet"}
    assert files(home / "thumbnails") == {"kept/r.jpegs"}


def test_tables_in_a_bucket(instance: DagsterInstance, bucket: BucketStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_TABLES_URL", f"{bucket.name}/tables")
    for dataset in ("kept", "gone"):
        write_thumbnails(dataset, "named")
    size = bucket.find("tables/thumbnails/gone.parquet").size  # type: ignore[union-attr]
    expected = {"tables of deleted datasets": (1, size)}
    assert cleaned(instance, dry_run=True) == expected == cleaned(instance)
    assert [each.key for each in bucket.list()] == ["tables/thumbnails/kept.parquet"]


def test_a_folder_that_was_left_is_put_into_its_bucket(
    instance: DagsterInstance, bucket: BucketStore, home: Path
) -> None:
    for run in ("left", "young", "works"):
        place = f"{bucket.name}/{run}"
        config = f"hydra: {{job: {{id: {run}, dataset: kept}}, run: {{dir: {place}}}}}".encode()
        path = home / "runs" / run
        for name, content in (("log.txt", b"one"), ("config/hydra.yaml", config)):
            old_file(path / name, content)
        os.utime(path, (OLD, OLD))
    os.utime(home / "runs" / "young" / "log.txt")
    size = sum(path.stat().st_size for path in (home / "runs" / "left").rglob("*") if path.is_file())
    with staging_lock("works"):
        expected = {"run folders that were left here": (1, size)}
        assert cleaned(instance, dry_run=True) == expected
        assert [each.key for each in bucket.list()] == []
        assert cleaned(instance) == expected
    assert sorted(each.key for each in bucket.list()) == ["left/config/hydra.yaml", "left/log.txt"]
    assert {path.name for path in (home / "runs").iterdir()} == {"young", "works"}


def test_what_nobody_asked_the_cache_for_goes(
    instance: DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = SampleCache(home / "cache.sqlite")
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: OLD)
        cache.put_many("thumbnails", "s", [("old", b"12345"), ("asked", b"1")])
        cache.put_many("checks", "s", [("old", b"12"), ("known", b"1")])
    assert cache.get_many("thumbnails", "s", ["asked", "none"]) == {"asked": b"1"}
    assert cache.known("checks", "s", ["known"]) == {"known"}
    expected = {"entries of the cache": (2, 5 + 2 + 2 * len("old"))}
    assert cleaned(instance, dry_run=True) == expected == cleaned(instance)
    assert cache.known("thumbnails", "s", ["old", "asked"]) == {"asked"}
    assert cache.known("checks", "s", ["old", "known"]) == {"known"}


def test_everything_else_stays(instance: DagsterInstance, home: Path, tmp_path: Path) -> None:
    kept = [
        home / "training" / "a" / "last.ckpt",
        home / "secret.key",
        tmp_path / "out" / "2020-01-01" / "00:00:00" / "report.pdf",
        tmp_path / "shared" / "pool" / "datapool_latest.csv",
        home / "tables" / "embeddings" / "kept.parquet",
        home / "runs" / "of nobody" / "log.txt",
    ]
    for path in kept:
        old_file(path)
    assert cleaned(instance) == {}
    assert all(path.read_bytes() == b"1234" for path in kept)


def test_days(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (days_in("--older-than", "90d"), days_in("--older-than", "1")) == (90, 1)
    for text in ("0d", "-1", "1.5d", "d", "90 days", "٣"):
        with pytest.raises(InputError, match=rf"^--older-than={text}: give whole days, at least one, such as 90d$"):
            days_in("--older-than", text)
    monkeypatch.delenv("WINNOW_KEEP_DAYS", raising=False)
    assert keep_days() is None
    monkeypatch.setenv("WINNOW_KEEP_DAYS", "")
    assert keep_days() is None
    monkeypatch.setenv("WINNOW_KEEP_DAYS", "30")
    assert keep_days() == 30


def test_a_line_for_people() -> None:
    assert Removed("runs of Dagster", 1_234, 5_600_000).line.split() == ["runs", "of", "Dagster", "1,234", "5.6", "MB"]
