import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from configs.errors import InputError
from resources.sample_cache import SampleCache


def test_values_come_back_by_scope_and_key(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    cache.put_many("embeddings", "model a", [("k1", b"1"), ("k2", b"2")])
    cache.put_many("embeddings", "model b", [("k1", b"3")])
    assert cache.get_many("embeddings", "model a", ["k1", "k2", "k3"]) == {"k1": b"1", "k2": b"2"}
    assert cache.get_many("embeddings", "model b", ["k1", "k2"]) == {"k1": b"3"}
    assert cache.get_many("thumbnails", "model a", ["k1"]) == {}
    assert cache.known("embeddings", "model a", ["k1", "k3"]) == {"k1"}


def test_values_outlive_the_object_and_are_replaced(tmp_path: Path) -> None:
    SampleCache(tmp_path / "cache.sqlite").put_many("checks", "", [("k", b"old")])
    SampleCache(tmp_path / "cache.sqlite").put_many("checks", "", [("k", b"new")])
    assert SampleCache(tmp_path / "cache.sqlite").get_many("checks", "", ["k"]) == {"k": b"new"}


def test_more_keys_than_one_query_holds(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    values = {f"key {i}": str(i).encode() for i in range(2_345)}
    cache.put_many("checks", "", values.items())
    assert cache.get_many("checks", "", list(values)) == values
    assert cache.known("checks", "", [*values, "another"]) == set(values)


def test_a_new_folder_is_made_for_it(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "new" / "state" / "cache.sqlite")
    assert cache.get_many("checks", "", ["k"]) == {}
    assert not cache.known("checks", "", [])
    cache.put_many("checks", "", [])
    assert (tmp_path / "new" / "state" / "cache.sqlite").is_file()


def test_one_connection_reads_for_each_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening one takes longer than reading a picture."""
    cache = SampleCache(tmp_path / "cache.sqlite")
    cache.put_many("checks", "", [("k", b"v")])
    opened: list[object] = []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **named: opened.append(args) or connect(*args, **named))
    for _ in range(3):
        assert cache.get_many("checks", "", ["k"]) == {"k": b"v"}
        assert cache.known("checks", "", ["k"]) == {"k"}
    assert len(opened) == 1
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(cache.get_many, "checks", "", ["k"]).result() == {"k": b"v"}
    assert len(opened) == 2


def test_each_connection_waits_a_minute_for_other_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[object] = []

    class Watched(sqlite3.Connection):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            waits.append(*self.execute("PRAGMA busy_timeout").fetchone())

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **named: connect(*args, **named, factory=Watched))
    cache = SampleCache(tmp_path / "cache.sqlite")
    cache.put_many("checks", "", [("k", b"v")])
    assert cache.get_many("checks", "", ["k"]) == {"k": b"v"}
    assert waits == [60_000] * 3  # that makes the tables, that writes, that reads


def test_hostile_keys_are_only_keys(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    key = "'; DROP TABLE checks; --"
    cache.put_many("checks", key, [(key, b"1")])
    assert cache.get_many("checks", key, [key]) == {key: b"1"}


def test_several_threads_write_at_once(tmp_path: Path) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: cache.put_many("checks", "", [(f"{n}", b"x")]), range(40)))
    assert len(cache.known("checks", "", [str(n) for n in range(40)])) == 40


def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "cache.sqlite").write_bytes(b"no database at all, but long enough to look" * 40)
    cache = SampleCache(tmp_path / "cache.sqlite")  # an error of the step that needs it
    for use in (
        lambda: cache.get_many("checks", "", ["k"]),
        lambda: cache.known("checks", "", ["k"]),
        lambda: cache.put_many("checks", "", [("k", b"v")]),
    ):
        with pytest.raises(InputError, match=r"cache\.sqlite: [^;]*; delete this file"):
            use()


def test_a_file_that_is_damaged_later_never_answers_with_less(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    SampleCache(path).put_many("thumbnails", "", [(f"k{number}", bytes(4_000)) for number in range(200)])
    size = path.stat().st_size
    with path.open("r+b") as file:
        for place in range(4_096, size, 4_096):  # every page but the first, which holds the tables' names
            file.seek(place)
            file.write(b"\xff" * 200)
    cache = SampleCache(path)
    with pytest.raises(InputError, match="delete this file"):
        cache.get_many("thumbnails", "", [f"k{number}" for number in range(200)])
    with pytest.raises(InputError, match="delete this file"):
        cache.known("thumbnails", "", [f"k{number}" for number in range(200)])


def test_a_full_disk_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = SampleCache(tmp_path / "cache.sqlite")
    connect = sqlite3.connect

    def small(*args: object, **kwargs: object) -> sqlite3.Connection:
        database = connect(*args, **kwargs)  # type: ignore[call-overload]
        database.execute("PRAGMA max_page_count = 20")
        return database  # type: ignore[no-any-return]

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(InputError, match="full; free disk space, or delete this file"):
        cache.put_many("thumbnails", "", [("k", bytes(1_000_000))])
    monkeypatch.undo()
    assert cache.get_many("thumbnails", "", ["k"]) == {}
