"""What every `Store` must do, as tests: a file of tests per store defines the fixture `store` (empty) and inherits."""

import itertools
import threading
from pathlib import Path

import pytest

from resources.stores.store import Conflict, Store


def keys(store: Store, prefix: str = "") -> list[str]:
    return sorted(found.key for found in store.list(prefix))


class StoreSuite:
    def test_what_is_put_is_got(self, store: Store) -> None:
        for key, data in (("a.txt", b"abc"), ("deep/er/ü b.bin", bytes(range(256)) * 300), ("empty", b"")):
            store.put(key, data)
            assert store.get(key, max(1, len(data))) == data
        store.put("a.txt", b"other")
        assert store.get("a.txt", 5) == b"other"

    def test_a_file_is_put_like_bytes(self, store: Store, tmp_path: Path) -> None:
        source = tmp_path / "source of put"
        source.write_bytes(b"content")
        etag = store.put("x/y", source)
        assert store.get("x/y", 7) == b"content" and source.exists()
        assert [found.etag for found in store.list("x/y")] == [etag]

    def test_a_listing_has_key_size_time_and_etag(self, store: Store) -> None:
        etag = store.put("a/b.txt", b"12345")
        (found,) = store.list()
        assert (found.key, found.size, found.etag, found.link_to) == ("a/b.txt", 5, etag, "")
        assert 1.6e18 < found.modified_ns < 2e19

    def test_a_prefix_is_the_beginning_of_a_key(self, store: Store) -> None:
        for key in ("a/1", "a/2", "ab/1", "b/a/1", "a2"):
            store.put(key, b"")
        assert keys(store, "a") == ["a/1", "a/2", "a2", "ab/1"]
        assert keys(store, "a/") == ["a/1", "a/2"]
        assert keys(store, "b/a") == ["b/a/1"]
        assert keys(store, "none/") == keys(store, "a/1/2") == []

    def test_keys_in_order_from_any_of_them_on(self, store: Store) -> None:
        names = ["B", "a-b", "a-c/1", "a/1", "a/b/1", "a/b/2", "a/c", "a0", "b", "z/1", "é", "日/本", "😀"]
        for key in reversed(names):
            store.put(key, b"x")
        for place, after in enumerate(["", *names]):
            assert [found.key for found in store.ordered(after=after)] == names[place:]
        assert [found.key for found in store.ordered(after="a/b")] == names[4:]
        assert [found.key for found in store.ordered("a/")] == ["a/1", "a/b/1", "a/b/2", "a/c"]
        assert [found.key for found in store.ordered("a/", "a/b/1")] == ["a/b/2", "a/c"]
        assert list(store.ordered("none/")) == list(store.ordered("a/", "a/c")) == []
        (one,) = store.ordered("z/")
        assert one == next(found for found in store.list("z/"))

    def test_folders_that_are_skipped_are_in_no_order(self, store: Store) -> None:
        for key in ("a/1", "a/skip/2", "a/skip/deep/3", "skip/4", "a/skipper"):
            store.put(key, b"x")
        assert [found.key for found in store.ordered(skip=lambda key: key.endswith("skip/"))] == ["a/1", "a/skipper"]

    def test_a_skipped_folder_is_listed_as_itself(self, store: Store) -> None:
        for key in ("a/1", "a/skip/2", "a/skip/deep/3", "skip/4", "a/skipper"):
            store.put(key, b"")
        found = sorted(found.key for found in store.list(skip=lambda key: key.endswith("skip/")))
        assert found == ["a/1", "a/skip/", "a/skipper", "skip/"]

    def test_an_object_that_is_larger_than_allowed(self, store: Store) -> None:
        store.put("x", b"abcd")
        assert store.get("x", 4) == b"abcd"
        with pytest.raises(OSError, match=r"^its 4 bytes exceed the limit of 3 bytes$"):
            store.get("x", 3)

    def test_the_head_of_an_object(self, store: Store) -> None:
        store.put("x", b"abcd")
        assert [store.head("x", n) for n in (1, 4, 9)] == [b"a", b"abcd", b"abcd"]

    @pytest.mark.parametrize("key", ["none", "none/x", "a/x", "a.txt/x"])
    def test_an_object_that_is_not_there(self, store: Store, key: str) -> None:
        store.put("a/b", b"")
        store.put("a.txt", b"")
        for call in (lambda: store.get(key, 9), lambda: store.head(key, 9), lambda: store.local_copy(key).__enter__()):
            with pytest.raises(OSError):
                call()

    @pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/passwd", "a/.."])
    def test_a_name_that_leads_out(self, store: Store, key: str) -> None:
        for call in (
            lambda: store.get(key, 9),
            lambda: store.head(key, 9),
            lambda: store.local_copy(key).__enter__(),
            lambda: store.put(key, b""),
            lambda: store.sign(key, 9),
        ):
            with pytest.raises(OSError, match="its name leads out of"):
                call()

    def test_a_local_copy(self, store: Store) -> None:
        store.put("a/b.csv", b"1,2")
        with store.local_copy("a/b.csv") as path:
            assert path.read_bytes() == b"1,2" and path.suffix == ".csv"

    def test_put_if_absent(self, store: Store) -> None:
        etag = store.put("a/x", b"first", if_absent=True)
        with pytest.raises(Conflict):
            store.put("a/x", b"second", if_absent=True)
        assert store.get("a/x", 9) == b"first"
        assert [(found.key, found.etag) for found in store.list()] == [("a/x", etag)]

    def test_put_if_etag(self, store: Store) -> None:
        first = store.put("x", b"1")
        second = store.put("x", b"2", if_etag=first)
        assert second != first
        for stale in (first, "none"):
            with pytest.raises(Conflict):
                store.put("x", b"3", if_etag=stale)
        with pytest.raises(Conflict):
            store.put("absent", b"3", if_etag=first)
        assert store.get("x", 9) == b"2" and keys(store) == ["x"]

    def test_every_write_has_another_etag(self, store: Store) -> None:
        etags = [store.put("x", b"same")] + [store.put("x", b"%04d" % i) for i in range(50)]
        assert all(before != after for before, after in itertools.pairwise(etags))

    def test_one_of_many_creators_wins(self, store: Store) -> None:
        won: list[int] = []

        def create(number: int) -> None:
            try:
                store.put("x", b"%d" % number, if_absent=True)
                won.append(number)
            except Conflict:
                pass

        in_threads(create, 8)
        assert len(won) == 1 and store.get("x", 9) == b"%d" % won[0]

    def test_no_update_is_lost(self, store: Store) -> None:
        """Each writer reads, adds its own number and writes on condition, until it succeeds."""
        store.put("x", b"")

        def add(number: int) -> None:
            while True:
                (seen,) = store.list("x")
                try:
                    store.put("x", store.get("x", 999) + b"%d " % number, if_etag=seen.etag)
                except Conflict:
                    continue
                return

        in_threads(add, 8)
        assert sorted(store.get("x", 999).split()) == [b"%d" % number for number in range(8)]

    def test_an_object_is_found_as_it_is_listed(self, store: Store) -> None:
        store.put("a/ü b.txt", b"12345")
        found, (listed,) = store.find("a/ü b.txt"), store.list()
        assert found and (found.key, found.size, found.etag) == (listed.key, listed.size, listed.etag)
        assert found.modified_ns // 10**9 == listed.modified_ns // 10**9  # headers have whole seconds
        assert store.find("a") is store.find("none") is store.find("a/ü b.txt/x") is None

    def test_what_is_removed_is_gone(self, store: Store) -> None:
        store.put("a/x", b"")
        store.put("a/y", b"")
        for _ in range(2):
            store.remove("a/x")
            assert keys(store) == ["a/y"]

    def test_a_folder_is_a_store_too(self, store: Store) -> None:
        store.put("a/b/x", b"abc")
        below = store.below("a/b")
        assert (keys(below), below.get("x", 3)) == (["x"], b"abc")
        assert below.place("x") == store.place("a/b/x") == f"{store.place()}/a/b/x"
        store.below("new").put("y", b"")
        assert store.find("new/y")

    def test_which_folder_lies_inside(self, store: Store) -> None:
        assert store.key_of_folder(store.place("a/b")) == "a/b/"
        outside = store.place().rpartition("/")[0]
        for place in (store.place(), outside, f"{store.place()}2/a", f"{outside}/a", "/", "s3://another/a"):
            assert store.key_of_folder(place) == ""

    def test_looking_whether_it_can_be_written_to_leaves_nothing(self, store: Store) -> None:
        store.put("x", b"")
        store.require_writable()
        assert keys(store) == ["x"]

    def test_a_signed_url(self, store: Store) -> None:
        store.put("a/ü b.txt", b"abc")
        url = store.sign("a/ü b.txt", 60)
        assert "://" in url and " " not in url


def in_threads(work, count: int) -> None:  # type: ignore[no-untyped-def]
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
