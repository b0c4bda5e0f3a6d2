import os
from pathlib import Path

import pytest

from configs.errors import InputError
from resources.stores.local_store import LocalStore
from selection_assets.stages.samples.image_listing import list_samples

PNG = b"\x89PNG\r\n\x1a\n12345"


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(PNG)


def filenames(root: Path, **options: str) -> list[str]:
    return list_samples(LocalStore(root), **options)[0]["filename"].to_list()  # type: ignore[arg-type]


def test_lists_names_sizes_and_etags(tmp_path: Path) -> None:
    put(tmp_path, "b/z.png", "a/x.jpg", "a/y.jpg", "a/y.txt")
    os.utime(tmp_path / "b/z.png", ns=(0, 1_234_567_890_123_456_789))
    samples, _ = list_samples(LocalStore(tmp_path))
    assert samples["filename"].to_list() == samples["source"].to_list() == ["a/x.jpg", "a/y.jpg", "b/z.png"]
    assert samples["label"].to_list() == ["a", "a", "b"]
    assert samples["size"].to_list() == [13, 13, 13]
    assert str(samples["etag"][2]).startswith("1234567890123456789-13-")


def test_hidden_output_and_system_folders_are_not_listed(tmp_path: Path) -> None:
    put(tmp_path, "1.png", ".lightly/1.png", "lightly_outputs/2.png", "._1.png", ".thumbnails/3.png")
    put(tmp_path, "@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg", "$RECYCLE.BIN/4.png", "Thumbs/5.png", "__MACOSX/6.png")
    samples, notes = list_samples(LocalStore(tmp_path))
    assert samples["filename"].to_list() == ["1.png"]
    assert notes.system_folders == ["$RECYCLE.BIN/", "@eaDir/", "Thumbs/", "__MACOSX/"]
    assert notes.hidden_folders == [".lightly/", ".thumbnails/"]
    assert (notes.hidden_pictures, notes.old_outputs) == (1, ["lightly_outputs/"])


def test_the_output_of_earlier_runs_is_not_listed(tmp_path: Path) -> None:
    """`input_dir=. output_dir=out`, and once another output folder that the run does not know of."""
    put(tmp_path, "p0.png", "p1.png", "out/2026-11-26/12:00:00/plots/a.png", "old/r/plots/b.png", "old/r/.winnow")
    store = LocalStore(tmp_path)
    samples, notes = list_samples(store, output_folder=store.key_of_folder(tmp_path / "out"))
    assert samples["filename"].to_list() == ["p0.png", "p1.png"]
    assert (notes.output_folder, notes.run_folders) == ("out", ["old/r/"])


def test_a_folder_named_like_a_picture_is_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "x.jpg/1.png")
    assert filenames(tmp_path) == ["x.jpg/1.png"]


def test_a_linked_folder_is_listed_once(tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/1.png", "in/a/2.png")
    (tmp_path / "in/latest").symlink_to("a")
    (tmp_path / "in/b").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "in/a/up").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in/a/3.png").symlink_to(tmp_path / "elsewhere/1.png")
    (tmp_path / "in/a/broken.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "in/a/self.png").symlink_to("self.png")
    samples, notes = list_samples(LocalStore(tmp_path / "in"))
    assert samples["filename"].to_list() == ["a/2.png", "a/3.png", "a/broken.png", "a/self.png"]
    assert samples["size"].to_list()[:2] == [13, 13]
    assert notes.links == ["a/up/", "b/1.png", "latest/"]


def test_pictures_without_an_extension_are_counted_by_their_first_bytes(tmp_path: Path) -> None:
    put(tmp_path, "1.png", "picture", "a/also")
    (tmp_path / "README").write_text("BM is a word, P6 too")
    (tmp_path / "P").write_text("P6 is a word\n")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to("nowhere")
    assert list_samples(LocalStore(tmp_path))[1].other_formats == {"": 3}  # P is indeed a header of a PPM


def test_a_pipe_is_listed_without_being_opened(tmp_path: Path) -> None:
    put(tmp_path, "1.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert filenames(tmp_path) == ["1.png", "pipe.png"]


def test_missing_folder_file_and_empty_folder_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "file.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"missing cannot be read \(No such file or directory\): check the path"):
        filenames(tmp_path / "missing")
    with pytest.raises(InputError, match=r"file\.png is a file, not a folder"):
        filenames(tmp_path / "file.png")
    with pytest.raises(InputError, match=r"no pictures found in folder .*empty: accepted extensions"):
        filenames(tmp_path / "empty")


def test_an_unreadable_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a/1.png")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"cannot list .*/a: Permission denied; give the user"):
        filenames(tmp_path)


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/bad\xff.png"
    try:
        with open(path, "wb"):  # noqa: PTH123
            pass
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(InputError, match="not UTF-8"):
        filenames(tmp_path)
