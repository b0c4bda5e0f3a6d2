from pathlib import Path

import pytest

from configs.errors import InputError
from resources.datasource import Datasource
from resources.stores.bucket_store import BucketStore


def test_files_of_the_shared_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.ckpt").write_bytes(b"x")
    source = Datasource(shared_dir=str(tmp_path))
    assert source.shared_file("checkpoint", "sub/a.ckpt") == tmp_path / "sub" / "a.ckpt"


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "sub/../../a"])
def test_names_that_leave_the_shared_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="must be relative to shared_dir"):
        Datasource(shared_dir=str(tmp_path)).shared_file("checkpoint", name)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    with pytest.raises(InputError, match="checkpoint=sub: there is no such file"):
        Datasource(shared_dir=str(tmp_path)).shared_file("checkpoint", "sub")


@pytest.mark.parametrize(
    ("name", "words"), [("", "input_dir is not set"), ("/no/where", "No such file"), ("/etc/passwd", "is not a folder")]
)
def test_input_folders_that_are_none(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        _ = Datasource(input_dir=name).input_store


def test_a_name_that_no_file_system_takes() -> None:
    with pytest.raises(InputError, match="check the path"):
        _ = Datasource(input_dir="a\0b").input_store


def test_files_of_a_bucket(bucket: BucketStore) -> None:
    bucket.put("sub/a.ckpt", b"weights")
    bucket.put("names.txt", b"of the shared folder")
    source = Datasource(shared_dir=bucket.name, input_dir=f"{bucket.location.place}/input")
    path = source.shared_file("checkpoint", "./sub/a.ckpt")
    assert (path.name, path.read_bytes()) == ("a.ckpt", b"weights")
    assert source.shared_file("checkpoint", "sub/a.ckpt") == path
    assert source.relevant_file("names.txt").read_bytes() == b"of the shared folder"
    with pytest.raises(InputError, match=f"^checkpoint=sub: there is no such file in shared_dir={bucket.name}; copy"):
        source.shared_file("checkpoint", "sub")
    with pytest.raises(InputError, match="must be relative to shared_dir"):
        source.shared_file("checkpoint", "sub/../../a")


def test_relevant_filenames_lie_with_the_input_where_no_other_place_is_named(
    bucket: BucketStore,
    tmp_path: Path,
) -> None:
    bucket.put("names.txt", b"of the input")
    source = Datasource(input_dir=bucket.name)
    assert source.relevant_file("names.txt").read_bytes() == b"of the input"
    with pytest.raises(InputError, match=f"no such file in input_dir={bucket.name}; copy it there"):
        source.relevant_file("none.txt")
    for other in (source, Datasource(input_dir=str(tmp_path))):
        name = ".lightly/names.txt" if other is source else "names.txt"
        with pytest.raises(InputError, match=f"relevant_filenames_file={name} is relative to shared_dir, which is not"):
            other.relevant_file(name)
