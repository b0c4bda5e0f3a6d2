import os
import threading
import time
from pathlib import Path

import pytest

from configs.errors import InputError
from configs.stages.datapool import DatapoolConfig
from resources import datapool as module
from resources.datapool import Datapool, PoolState, datapool
from resources.datasource import Datasource
from resources.stores.bucket_store import BucketStore
from resources.stores.local_store import LocalStore
from resources.stores.location import BucketLocation
from tests.resources.stores.store_suite import keys

CSV, SETTINGS, CHECKPOINT = (
    f"pool/{name}" for name in ("datapool_latest.csv", "datapool_settings.json", "checkpoint_latest.ckpt")
)


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", ["my_pool", "a", "Straße 7", "pool.v2", "a-b", "2026", "x" * 100])
def test_a_folder_name_is_a_datapool(tmp_path: Path, name: str) -> None:
    pool = datapool(Datasource(shared_dir=str(tmp_path)), DatapoolConfig.model_construct(name=name))
    assert pool.place == str(tmp_path / name / "datapool_latest.csv")
    assert not pool.exists
    assert list(tmp_path.iterdir()) == []  # naming one makes nothing


@pytest.mark.parametrize(
    "name", ["..", ".", "../out", "/etc", "a/b", "a\\b", "a\x00", "a\n", ".hidden", "a.", "a ", "~x", "x" * 101, "C:"]
)
def test_any_other_name_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"datapool.name=.*one folder below shared_dir") as error:
        datapool(Datasource(shared_dir=str(tmp_path)), DatapoolConfig.model_construct(name=name))
    assert "\n" not in str(error.value)


def test_without_a_shared_folder() -> None:
    with pytest.raises(InputError, match="add shared_dir="):
        datapool(Datasource(), DatapoolConfig(name="pool"))


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "pool").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=f"^datapool.name=pool: {tmp_path}/pool is not a folder; choose another place"):
        Datapool("pool", LocalStore(tmp_path)).check_writable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=r"datasource\.enable_datapool_update=False"):
        Datapool("pool", LocalStore(tmp_path)).check_writable()
    tmp_path.chmod(0o700)


def add(pool: Datapool, number: int, file: Path) -> None:
    """Read the members, wait, and write them back with one more."""

    def change(state: PoolState) -> None:
        before = pool.csv.read_text() if state.csv and pool.csv else ""
        time.sleep(0.01)
        file.write_text(f"{before}{number}\n")
        pool.put_csv(file, state)

    pool.update(change)


def test_runs_that_add_at_once_all_end_up_in_it(tmp_path: Path) -> None:
    pool = Datapool("pool", LocalStore(tmp_path))
    writers = [threading.Thread(target=add, args=(pool, number, tmp_path / str(number))) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(pool.csv.read_text().split()) == list("01234567")


def test_settings_too_are_written_on_the_state_that_was_read(tmp_path: Path) -> None:
    pool = Datapool("pool", LocalStore(tmp_path))
    seen: list[PoolState] = []

    def change(state: PoolState) -> str:
        seen.append(state)
        if len(seen) == 1:
            write(tmp_path / SETTINGS, "of another run")
        pool.put_settings("ours", state)
        return "done"

    assert pool.update(change) == "done"
    assert (tmp_path / SETTINGS).read_text() == "ours"
    assert seen[0] == PoolState(None, None) and seen[1].settings is not None and seen[1].csv is None


def test_a_datapool_that_another_run_is_making(tmp_path: Path) -> None:
    pool = Datapool("pool", LocalStore(tmp_path))
    pool.refuse_if_being_made(PoolState(None, None))
    pool.put_settings("{}", PoolState(None, None))

    def look(state: PoolState) -> None:
        pool.refuse_if_being_made(state)

    with pytest.raises(InputError, match=r"datapool\.name=pool: another run is making it"):
        pool.update(look)
    os.utime(tmp_path / SETTINGS, ns=(0, time.time_ns() - 601 * 10**9))
    pool.update(look)  # that run is dead
    os.utime(tmp_path / SETTINGS)
    write(tmp_path / CSV, "")
    pool.update(look)  # that run has ended well


def test_a_change_that_never_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "UPDATE_SECONDS", 0.1)
    pool = Datapool("pool", LocalStore(tmp_path))

    def change(state: PoolState) -> None:
        write(tmp_path / CSV, f"{time.monotonic_ns()}")
        pool.put_csv(tmp_path / "x", state)

    (tmp_path / "x").write_text("new")
    with pytest.raises(InputError, match=r"datapool\.name=pool: other runs have been writing to .* for 0 s; run again"):
        pool.update(change)
    assert (tmp_path / CSV).read_text() != "new"


def test_history_holds_every_state_once(tmp_path: Path) -> None:
    pool = Datapool("pool", LocalStore(tmp_path))
    for state in ("a", "b"):
        write(tmp_path / CSV, state)
        assert pool.archive() == pool.archive()  # a state that is there already is not copied again
    history = {path.name: path.read_text() for path in (tmp_path / "pool" / "history").iterdir()}
    assert history == {"datapool_000001.csv": "a", "datapool_000002.csv": "b"}


def test_history_goes_on_after_the_largest_number(tmp_path: Path) -> None:
    pool = Datapool("pool", LocalStore(tmp_path))
    write(tmp_path / CSV, "new")
    for name in ("datapool_000007.csv", "datapool_000003.csv", "datapool_9.csv", "mine.txt"):
        write(tmp_path / "pool" / "history" / name, "old")
    assert pool.archive() == str(tmp_path / "pool/history/datapool_000008.csv")


def test_a_state_that_another_run_archives_at_this_moment_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Datapool("pool", LocalStore(tmp_path))
    write(tmp_path / CSV, "present")
    theirs = tmp_path / "pool" / "history" / "datapool_000001.csv"
    write(theirs, "of another run")
    monkeypatch.setattr(LocalStore, "list", lambda *_: iter(()))  # as it was a moment before
    assert pool.archive() == str(theirs.with_name("datapool_000002.csv"))
    assert theirs.read_text(encoding="utf-8") == "of another run"
    assert Path(pool.archive()).read_text(encoding="utf-8") == "present"


def test_a_state_of_the_same_size_and_time_is_another_one(tmp_path: Path) -> None:
    pool = Datapool("pool", LocalStore(tmp_path))
    earlier = tmp_path / "pool" / "history" / "datapool_000001.csv"
    for file, text in ((earlier, "earlier"), (tmp_path / CSV, "present")):
        write(file, text)
        os.utime(file, (1_000, 1_000))
    assert pool.archive() == str(earlier.with_name("datapool_000002.csv"))
    assert pool.archive() == str(earlier.with_name("datapool_000002.csv"))  # once is enough
    assert earlier.read_text(encoding="utf-8") == "earlier"


def test_the_files_of_a_datapool(tmp_path: Path) -> None:
    pool = Datapool("pool", LocalStore(tmp_path))
    assert (pool.csv, pool.checkpoint, pool.settings, pool.exists) == (None, None, None, False)
    write(tmp_path / SETTINGS, "{}")
    assert (pool.settings, pool.exists) == (tmp_path / SETTINGS, False)  # the CSV is the datapool
    write(tmp_path / CSV, "")
    assert (pool.csv, pool.exists) == (tmp_path / CSV, True)
    (tmp_path / "model").write_bytes(b"weights")
    pool.put_checkpoint(tmp_path / "model")
    assert pool.checkpoint == tmp_path / CHECKPOINT and pool.checkpoint.read_bytes() == b"weights"
    for _ in range(2):
        pool.put_checkpoint(None)
        assert pool.checkpoint is None


def test_a_datapool_in_a_bucket(bucket: BucketStore, tmp_path: Path) -> None:
    pool = Datapool("pool", bucket)
    assert (pool.exists, pool.csv, pool.settings, pool.checkpoint) == (False, None, None, None)
    pool.check_writable()
    writers = [threading.Thread(target=add, args=(pool, number, tmp_path / str(number))) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert pool.csv is not None and sorted(pool.csv.read_text().split()) == list("012345")
    assert pool.place == f"{bucket.name}/pool/datapool_latest.csv"
    for _ in range(2):
        assert pool.archive() == f"{bucket.name}/pool/history/datapool_000001.csv"
    pool.put_checkpoint(pool.csv)
    assert pool.checkpoint is not None and pool.checkpoint.read_bytes() == pool.csv.read_bytes()
    pool.put_checkpoint(None)
    assert pool.checkpoint is None
    assert keys(bucket) == ["pool/datapool_latest.csv", "pool/history/datapool_000001.csv"]


def test_a_bucket_that_is_not_there(bucket: BucketStore) -> None:
    pool = Datapool("pool", BucketStore(BucketLocation("s3", "no-such-bucket", "x")))
    with pytest.raises(
        InputError, match=r"^datapool\.name=pool: s3://no-such-bucket/x/pool: there is no such bucket; "
    ):
        pool.check_writable()
