from pathlib import Path

from resources.local_copies import LocalCopies
from resources.stores.bucket_store import BucketStore
from resources.stores.local_store import LocalStore


def test_of_a_folder_they_are_its_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    copies = LocalCopies()
    path = copies.path(LocalStore(tmp_path), "a.txt")
    assert path == tmp_path / "a.txt"
    assert copies.place_of(path) == str(path)
    assert copies.path(LocalStore(tmp_path), "none") is None
    copies.close()
    assert path.exists()


def test_an_object_is_fetched_once_until_it_changes(bucket: BucketStore) -> None:
    copies = LocalCopies()
    bucket.put("deep/a.txt", b"one")
    path = copies.path(bucket, "deep/a.txt")
    assert path is not None and (path.name, path.read_bytes()) == ("a.txt", b"one")
    assert copies.path(bucket, "deep/a.txt") == path
    bucket.put("deep/a.txt", b"two")
    other = copies.path(bucket, "deep/a.txt")
    assert other is not None and (other.read_bytes(), path.read_bytes()) == (b"two", b"one")
    assert copies.path(bucket, "deep") is None
    assert copies.place_of(other) == f"{bucket.name}/deep/a.txt"
    assert copies.told(f"{path}, line 3: no") == f"{bucket.name}/deep/a.txt, line 3: no"
    copies.close()
    assert not path.parent.exists() and not other.parent.exists()
    again = copies.path(bucket, "deep/a.txt")
    assert again is not None and again.read_bytes() == b"two"
    copies.close()
