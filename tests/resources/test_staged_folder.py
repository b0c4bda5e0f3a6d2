"""A run folder in a bucket while the run lasts: what is put when, and what happens where that fails."""

import logging
from pathlib import Path

import pytest

from configs.errors import InputError
from resources.locks import staging_lock
from resources.staged_folder import StagedFolder, send_leftovers, staging_of
from resources.stores.bucket_store import BucketStore
from tests.resources.stores.store_suite import keys

log = logging.getLogger("winnow")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def staged(store: BucketStore, run_id: str = "r") -> StagedFolder:
    folder = StagedFolder(store, run_id)
    folder.bring()
    hydra = f"hydra:\n  job: {{name: winnow, id: {run_id}, dataset: d}}\n  run: {{dir: {store.name}}}\n"
    write(folder.path / "config" / "hydra.yaml", hydra)
    write(folder.path / "log.txt", "one\n")
    return folder


def test_what_is_new_or_has_changed_is_put(bucket: BucketStore, home: Path) -> None:
    folder = staged(bucket)
    assert folder.path == home / "runs" / "r"
    write(folder.path / "data" / "a.csv", "1")
    write(folder.path / ".winnow-half.csv", "2")
    folder.send()
    assert keys(bucket) == ["config/hydra.yaml", "data/a.csv", "log.txt"]
    bucket.put("log.txt", b"as it was")
    write(folder.path / "data" / "a.csv", "11")
    write(folder.path / "plots" / "p.png", "p")
    folder.send()
    assert (bucket.get("data/a.csv", 9), bucket.get("log.txt", 9)) == (b"11", b"as it was")
    (folder.path / "plots" / "p.png").unlink()
    with (folder.path / "log.txt").open("a") as file:
        file.write("two\n")
    folder.close()
    assert keys(bucket) == ["config/hydra.yaml", "data/a.csv", "log.txt"]
    assert bucket.get("log.txt", 9) == b"one\ntwo\n"
    assert not folder.path.exists()


def test_the_last_process_removes_it_and_a_later_one_brings_the_logs(bucket: BucketStore) -> None:
    first = staged(bucket)
    second = StagedFolder(bucket, "r")
    first.close()
    assert second.path.exists()
    with (second.path / "log.txt").open("a") as file:
        file.write("two\n")
    second.close()
    assert not second.path.exists()
    third = StagedFolder(bucket, "r")
    third.bring()
    assert sorted(path.name for path in third.path.rglob("*") if path.is_file()) == ["hydra.yaml", "log.txt"]
    assert (third.path / "log.txt").read_text() == "one\ntwo\n"
    third.close()


def test_what_cannot_be_put_is_kept_and_put_later(
    bucket: BucketStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = staged(bucket)

    def full(*_: object) -> str:
        raise InputError(f"{bucket.name}: requests are throttled")

    with monkeypatch.context() as patched:
        patched.setattr(BucketStore, "put", full)
        with pytest.raises(InputError) as told:
            folder.send()
        expected = (
            f"{bucket.name}: requests are throttled; nothing is lost: the files of the run are in {folder.path}, "
        )
        assert str(told.value).startswith(expected) and "\n" not in str(told.value)
        folder.close()
        assert folder.path.exists() and keys(bucket) == []
        send_leftovers("d", bucket.location.place)
        assert expected in caplog.text
    send_leftovers("another", bucket.location.place)
    send_leftovers("d", "s3://another")
    with staging_lock("r"):
        send_leftovers("d", bucket.location.place)
    assert keys(bucket) == []
    send_leftovers("d", bucket.location.place)
    assert keys(bucket) == ["config/hydra.yaml", "log.txt"]
    assert not staging_of("r").exists()


def test_a_folder_in_which_another_run_went_on_stays_as_that_left_it(bucket: BucketStore) -> None:
    folder = staged(bucket)
    folder._held.close()  # killed
    bucket.put("config/hydra.yaml", b"hydra: {job: {id: other, dataset: d}}")
    send_leftovers("d", bucket.location.place)
    assert keys(bucket) == ["config/hydra.yaml"] and folder.path.exists()
