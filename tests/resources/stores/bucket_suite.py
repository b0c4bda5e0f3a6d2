"""What every bucket must do beside what every store does: keys that people really have, pages, parts, pickles.

A file of tests per provider defines the fixtures `store` (empty, in the folder dir/deeper) and `raw`, and inherits.
"""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from resources.stores import bucket_store
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from resources.stores.store import Conflict
from tests.resources.stores.store_suite import StoreSuite, keys

ODD_KEYS = [
    "plain.txt", "sp ace.txt", "p%20c.txt", "h#ash", "q?x", "ü 日.txt", "back\\slash", "tilde~", "star*", "plus+a",
    "a&b", "per%cent", "emoji😀.png", "[x]{y}|z^`\"<>", "a=b", "deep/er/x",
]  # fmt: skip
NO_PATHS = ("a//2.png", "a/./3.png", "b\x01.png")


class Raw(NamedTuple):
    """The same bucket past the store: writing and reading by a whole key."""

    put: Callable[[str, bytes], Any]
    get: Callable[[str], bytes]


class BucketSuite(StoreSuite):
    no_paths: tuple[str, ...] = NO_PATHS

    def test_objects_beside_the_folder_do_not_belong_to_it(self, store: BucketStore, raw: Raw) -> None:
        names = ["dir/c", "dir/deeper", "dir/deeper/a", "dir/deeper2/b"]
        for key in names:
            raw.put(key, b"x")
        assert keys(store) == ["a"]
        assert keys(BucketStore(BucketLocation(store.location.scheme, store.location.bucket, ""))) == names

    @pytest.mark.parametrize("key", ODD_KEYS)
    def test_odd_keys(self, store: BucketStore, raw: Raw, key: str) -> None:
        raw.put(f"dir/deeper/{key}", key.encode())
        assert keys(store) == [key]
        assert store.get(key, 99) == key.encode()
        store.put(key, b"ours")
        assert raw.get(f"dir/deeper/{key}") == b"ours"

    def test_a_key_that_is_too_long_is_a_fault_of_its_own(self, store: BucketStore) -> None:
        longest = "ü" * ((1_024 - len("dir/deeper/a/")) // 2)
        store.put(f"a/{longest}", b"x")
        assert store.get(f"a/{longest}", 1) == b"x"
        for data in (b"y", b""):
            with pytest.raises(OSError, match=r"^its name has more than 1,024 bytes$"):
                store.put(f"a/{longest}.x", data)
        assert keys(store) == [f"a/{longest}"]

    def test_keys_that_are_no_paths_hide_no_others(self, store: BucketStore, raw: Raw) -> None:
        names = ["a/1.png", *self.no_paths, "z ü.png"]
        for name in names:
            raw.put(f"dir/deeper/{name}", b"x")
        assert keys(store) == sorted(names)
        assert keys(store, "a/") == [name for name in sorted(names) if name.startswith("a/")]
        etags = {each.key: each.etag for each in store.list()}
        assert {each.size for each in store.list()} == {1}
        for name in self.no_paths:
            with pytest.raises(OSError, match="its name is none that is read from a bucket"):
                store.get(name, 9)
        assert store.get("z ü.png", 9) == b"x"
        assert store.put("z ü.png", b"y", if_etag=etags["z ü.png"]) != etags["z ü.png"]
        with pytest.raises(FileNotFoundError):  # the place is there
            store.get("none", 9)

    def test_markers_of_folders_are_no_objects(self, store: BucketStore, raw: Raw) -> None:
        for name in ("", "a/", "a/b/"):
            raw.put(f"dir/deeper/{name}", b"")
        store.put("a/b/x", b"")
        store.put("a/empty", b"")
        store.put("z", b"")
        assert keys(store) == ["a/b/x", "a/empty", "z"]

    def test_keys_that_are_no_paths_have_their_place_in_the_order(self, store: BucketStore, raw: Raw) -> None:
        names = sorted(["a/1.png", *self.no_paths, "z ü.png", "c.png"])
        for name in names:
            raw.put(f"dir/deeper/{name}", b"x")
        for place, after in enumerate(["", *names]):
            assert [found.key for found in store.ordered(after=after)] == names[place:]

    def test_a_large_folder_that_is_skipped_is_jumped_over(
        self, store: BucketStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bucket_store, "PAGE", 2)
        names = ["a/1", "skip/1", "skip/2", "skip/3", "skip/4", "skip0", "z/skip/1", "z/x"]
        for name in names:
            store.put(name, b"x")
        found = [each.key for each in store.ordered(skip=lambda key: key.endswith("skip/"))]
        assert found == ["a/1", "skip0", "z/x"]

    def test_it_may_be_pickled(self, store: BucketStore) -> None:
        store.put("x", b"abc")
        data = pickle.dumps(store)
        assert b"secret" not in data
        assert pickle.loads(data).get("x", 3) == b"abc"

    def test_large_files_are_put_in_parts(self, store: BucketStore, tmp_path: Path) -> None:
        data = bytes(range(256)) * 50_000
        (tmp_path / "large").write_bytes(data)
        etag = store.put("large", tmp_path / "large")
        assert [found.etag for found in store.list()] == [etag]
        assert store.get("large", len(data)) == data
        with store.local_copy("large") as path:
            assert path.read_bytes() == data
        assert not path.exists()

    def test_large_files_are_put_on_a_condition(self, store: BucketStore, tmp_path: Path) -> None:
        (tmp_path / "large").write_bytes(bytes(6_000_000))
        etag = store.put("large", b"small")
        with pytest.raises(Conflict):
            store.put("large", tmp_path / "large", if_absent=True)
        assert store.get("large", 5) == b"small"
        store.put("large", tmp_path / "large", if_etag=etag)
        assert store.get("large", 6_000_000) == bytes(6_000_000)

    def test_one_etag_wherever_it_is_told(self, store: BucketStore) -> None:
        written = store.put("a.jpg", b"abc")
        (listed,) = store.list()
        found = store.find("a.jpg")
        assert found is not None
        assert {written, listed.etag, found.etag, store.get_with_etag("a.jpg", 10)[1]} == {written}
        assert '"' not in written
        assert store.put("a.jpg", b"abcd") != written
