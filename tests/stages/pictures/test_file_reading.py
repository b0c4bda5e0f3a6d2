import os
from pathlib import Path

import pytest

from selection_assets.stages.pictures.file_reading import read_regular_file


def test_reads_files_and_follows_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x.png").write_bytes(b"abc")
    (tmp_path / "link.png").symlink_to("a/x.png")
    assert read_regular_file(tmp_path, "a/x.png", 3) == b"abc"
    assert read_regular_file(tmp_path, "link.png", 3) == b"abc"


def test_refuses_what_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"abcd")
    with pytest.raises(OSError, match=r"^its 4 bytes exceed the limit of 3 bytes$"):
        read_regular_file(tmp_path, "x.png", 3)


def test_does_not_wait_for_a_pipe_and_refuses_folders_and_devices(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "folder.png", "zero.png"):
        with pytest.raises(OSError, match=r"not a regular file|Is a directory"):
            read_regular_file(tmp_path, name, 100)


@pytest.mark.parametrize("name", ["../x.png", "a/../../x.png", "/etc/passwd"])
def test_refuses_names_that_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match="leads out of the input folder"):
        read_regular_file(tmp_path, name, 100)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_regular_file(tmp_path, "x.png", 100)
