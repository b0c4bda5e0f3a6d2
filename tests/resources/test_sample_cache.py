import sqlite3
import time
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


def day(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(time, "time", lambda: number * 86_400.0 + 5)


def test_what_is_not_asked_for_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a dictionary of the last day on which each entry was stored or asked for."""
    cache = SampleCache(tmp_path / "cache.sqlite")
    values = {f"k{number}": bytes(number) for number in range(1_200)}
    day(monkeypatch, 10)
    cache.put_many("embeddings", "m", values.items())
    cache.put_many("embeddings", "n", [("k1", b"other")])
    last = dict.fromkeys(values, 10)
    for number, share in ((11, 2), (12, 3), (15, 7)):
        day(monkeypatch, number)
        asked = [key for index, key in enumerate(values) if index % share == 0]
        cache.get_many("embeddings", "m", asked) if share != 3 else cache.known("embeddings", "m", asked)
        last |= dict.fromkeys(asked, number)
    for before in (10, 11, 12, 16):
        gone = [key for key in values if last[key] < before]
        of_n = [b"k1other"] if before == 11 else []  # never asked for after its day
        expected = (len(gone) + len(of_n), sum(len(key) + len(values[key]) for key in gone) + sum(map(len, of_n)))
        assert cache.forget(before * 86_400.0, dry_run=True) == expected
        assert cache.forget(before * 86_400.0) == expected
        values = {key: value for key, value in values.items() if key not in gone}
        with sqlite3.connect(tmp_path / "cache.sqlite") as database:
            assert dict(database.execute("SELECT key, value FROM embeddings WHERE scope = 'm'")) == values
    assert not values


def test_the_file_gives_its_space_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cache.sqlite"
    day(monkeypatch, 10)
    SampleCache(path).put_many("thumbnails", "", [(str(number), bytes(4_000)) for number in range(3_000)])
    assert path.stat().st_size > 12_000_000
    SampleCache(path).forget(11 * 86_400.0)
    assert path.stat().st_size < 500_000


def test_entries_of_an_older_version_count_as_used_when_they_are_first_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cache.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE checks (scope TEXT, key TEXT, value BLOB, PRIMARY KEY (scope, key))")
        database.execute("INSERT INTO checks VALUES ('', 'k', x'01')")
    day(monkeypatch, 10)
    cache = SampleCache(path)
    assert cache.forget(11 * 86_400.0, dry_run=True) == (0, 0)
    assert cache.forget(10 * 86_400.0) == (0, 0)
    assert cache.get_many("checks", "", ["k"]) == {"k": b"\x01"}
    assert cache.forget(11 * 86_400.0) == (1, 2)
