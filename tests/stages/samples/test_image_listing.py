import logging
import os
from pathlib import Path

import pytest

from configs.errors import InputError
from selection_assets.stages.samples.image_listing import list_images


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"12345")


def test_lists_names_sizes_and_times(tmp_path: Path) -> None:
    put(tmp_path, "b/z.png", "a/x.jpg", "a/y.jpg", "a/y.txt")
    os.utime(tmp_path / "b/z.png", ns=(0, 1_234_567_890_123_456_789))
    samples = list_images(tmp_path)
    assert samples["filename"].to_list() == ["a/x.jpg", "a/y.jpg", "b/z.png"]
    assert samples["label"].to_list() == [0, 0, 1]
    assert samples["size"].to_list() == [5, 5, 5]
    assert samples["modified_ns"][2] == 1_234_567_890_123_456_789


def test_hidden_and_output_folders_are_not_listed(tmp_path: Path) -> None:
    put(tmp_path, "1.png", ".lightly/thumbnails/1.png", "lightly_outputs/2.png", "._1.png")
    assert list_images(tmp_path)["filename"].to_list() == ["1.png"]


def test_a_folder_named_like_a_picture_is_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "x.jpg/1.png")
    assert list_images(tmp_path)["filename"].to_list() == ["x.jpg/1.png"]


def test_links_are_followed_and_loops_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, "elsewhere/1.png", "in/a/2.png")
    (tmp_path / "in/b").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "in/a/up").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in/a/3.png").symlink_to(tmp_path / "elsewhere/1.png")
    (tmp_path / "in/a/broken.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "in/a/self.png").symlink_to("self.png")
    with caplog.at_level(logging.WARNING, "winnow"):
        samples = list_images(tmp_path / "in")
    assert samples["filename"].to_list() == ["a/2.png", "a/3.png", "a/broken.png", "a/self.png", "b/1.png"]
    assert samples["size"].to_list()[:2] == [5, 5]
    assert "a/up links to a folder that is listed already" in caplog.text


def test_a_pipe_is_listed_without_being_opened(tmp_path: Path) -> None:
    put(tmp_path, "1.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert list_images(tmp_path)["filename"].to_list() == ["1.png", "pipe.png"]


def test_missing_folder_file_and_empty_folder_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "file.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="does not exist"):
        list_images(tmp_path / "missing")
    with pytest.raises(InputError, match="is a file, not a folder"):
        list_images(tmp_path / "file.png")
    with pytest.raises(InputError, match=r"no pictures found in folder .*empty: accepted extensions"):
        list_images(tmp_path / "empty")


def test_an_unreadable_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a/1.png")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"cannot list folder .*/a: Permission denied"):
        list_images(tmp_path)


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/bad\xff.png"
    try:
        with open(path, "wb"):  # noqa: PTH123
            pass
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(InputError, match="not UTF-8"):
        list_images(tmp_path)
