import os
import threading
import time
from pathlib import Path

import pytest

from configs.errors import InputError
from resources import datapool as module
from resources.datapool import Datapool, datapool
from resources.datasource import Datasource


@pytest.mark.parametrize("name", ["my_pool", "a", "Straße 7", "pool.v2", "a-b", "2026", "x" * 100])
def test_a_folder_name_is_a_datapool(tmp_path: Path, name: str) -> None:
    pool = datapool(Datasource(shared_dir=str(tmp_path)), name)
    assert pool.folder == tmp_path / name
    assert not pool.exists
    assert list(tmp_path.iterdir()) == []  # naming one makes nothing


@pytest.mark.parametrize(
    "name", ["..", ".", "../out", "/etc", "a/b", "a\\b", "a\x00", "a\n", ".hidden", "a.", "a ", "~x", "x" * 101, "C:"]
)
def test_any_other_name_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"datapool.name=.*one folder below shared_dir") as error:
        datapool(Datasource(shared_dir=str(tmp_path)), name)
    assert "\n" not in str(error.value)


def test_without_a_shared_folder() -> None:
    with pytest.raises(InputError, match="add shared_dir="):
        datapool(Datasource(), "pool")


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "pool").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is not a folder; choose another name"):
        Datapool("pool", tmp_path / "pool").check_writable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match=r"datasource\.enable_datapool_update=False"):
        Datapool("pool", tmp_path / "pool").check_writable()
    tmp_path.chmod(0o700)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """Eight writers read the CSV, wait, and write it back with their own line: no line is lost."""

    def write(number: int) -> None:
        pool = Datapool("pool", tmp_path / "pool")
        with pool.locked():
            before = pool.csv.read_text() if pool.exists else ""
            time.sleep(0.01)
            pool.csv.write_text(f"{before}{number}\n")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted((tmp_path / "pool" / "datapool_latest.csv").read_text().split()) == list("01234567")


def test_a_lock_that_nobody_gives_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.2)
    pool = Datapool("pool", tmp_path / "pool")
    with (
        pool.locked(),
        pytest.raises(InputError, match="another run has been writing"),
        Datapool("pool", tmp_path / "pool").locked(),
    ):
        pass
    with pool.locked():  # it was given back
        pass


def test_history_holds_every_state_once(tmp_path: Path) -> None:
    pool = Datapool("pool", tmp_path)
    for state in ("a", "b"):
        pool.csv.write_text(state)
        assert pool.archive() == pool.archive()  # a state that is there already is not copied again
    history = {path.name: path.read_text() for path in (tmp_path / "history").iterdir()}
    assert history == {"datapool_000001.csv": "a", "datapool_000002.csv": "b"}
