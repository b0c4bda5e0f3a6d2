import errno
import hashlib
import io
import multiprocessing
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from configs.errors import InputError
from resources.engine.local import map_batches
from selection_assets.stages.export.dump import MAX_SIDE, DumpResult, check_options, dump_images, dump_names
from selection_assets.stages.pictures.picture_limits import PictureLimits


def picture(colour: int, pillow_format: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (20, 10), (colour, colour, colour)).save(file, pillow_format)
    return file.getvalue()


SOURCES = {
    "a/x.jpg": picture(10, "JPEG"),
    "a/x.png": picture(90, "PNG"),
    "a/y.JPEG": picture(150, "JPEG"),
    "b/deep/z.bmp": picture(200, "BMP"),
}


def dump(filenames: Sequence[str], read: Callable[[str], bytes], folder: Path, **options: Any) -> DumpResult:
    return dump_images(filenames, read, folder, map_batches=map_batches, **options)


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_relative_names_and_formats(tmp_path: Path) -> None:
    result = dump(list(SOURCES), SOURCES.__getitem__, tmp_path / "sampled", image_format="png")
    assert result.written == {
        "a/x.jpg": "a/x.jpg.png",  # x.png is another picture
        "a/x.png": "a/x.png",
        "a/y.JPEG": "a/y.png",
        "b/deep/z.bmp": "b/deep/z.png",
    }
    assert tree(tmp_path / "sampled") == sorted(result.written.values())
    for source, target in result.written.items():
        dumped, original = Image.open(tmp_path / "sampled" / target), Image.open(io.BytesIO(SOURCES[source]))
        assert dumped.format == "PNG"
        assert dumped.getpixel((0, 0)) == original.getpixel((0, 0))


def test_fitting_files_are_copied_under_their_own_names(tmp_path: Path) -> None:
    result = dump(list(SOURCES), SOURCES.__getitem__, tmp_path, image_format="jpg", num_workers=0)
    assert result.written["a/x.jpg"] == "a/x.jpg" and result.written["a/y.JPEG"] == "a/y.JPEG"
    assert (tmp_path / "a/y.JPEG").read_bytes() == SOURCES["a/y.JPEG"]
    assert result.written["a/x.png"] == "a/x.png.jpg"


def test_a_wrong_extension_does_not_decide(tmp_path: Path) -> None:
    dump(["x.png"], lambda _: SOURCES["a/x.jpg"], tmp_path, image_format="png")
    assert Image.open(tmp_path / "x.png").format == "PNG"


def test_size(tmp_path: Path) -> None:
    dump(["a/x.jpg"], SOURCES.__getitem__, tmp_path, image_format="jpg", image_size=[4, 6])
    assert Image.open(tmp_path / "a/x.jpg").size == (6, 4)


def test_missing_and_broken_sources_are_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def read(name: str) -> bytes:
        if name == "gone.jpg":
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        if name == "forbidden.jpg":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return b"broken" if name == "broken.jpg" else SOURCES[name]

    result = dump(["gone.jpg", "a/x.jpg", "broken.jpg", "forbidden.jpg"], read, tmp_path)
    assert result.missing == ["gone.jpg"] and list(result.failed) == ["broken.jpg", "forbidden.jpg"]
    assert result.failed["forbidden.jpg"] == "cannot be read: Permission denied"
    assert tree(tmp_path) == ["a/x.png"]
    assert "1 selected images are gone" in caplog.text and "could not be dumped (first: broken.jpg" in caplog.text


def test_other_bytes_than_those_selected_are_not_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in SOURCES.items() if name != "a/y.JPEG"}
    changed = SOURCES | {"a/x.png": SOURCES["a/x.jpg"], "a/y.JPEG": SOURCES["a/x.jpg"]}
    result = dump(list(SOURCES), changed.__getitem__, tmp_path, content_hashes=hashes)
    assert result.failed == {"a/x.png": "its content changed during the run"}
    assert list(result.written) == ["a/x.jpg", "a/y.JPEG", "b/deep/z.bmp"]
    assert tree(tmp_path) == ["a/x.jpg.png", "a/y.png", "b/deep/z.png"]
    assert "could not be dumped (first: a/x.png: its content changed during the run)" in caplog.text


def test_limits(tmp_path: Path) -> None:
    result = dump(list(SOURCES), SOURCES.__getitem__, tmp_path, limits=PictureLimits(max_pixels=199))
    assert list(result.failed) == list(SOURCES) and not result.written
    assert all("limit of 199 pixels" in reason for reason in result.failed.values())
    result = dump(list(SOURCES), SOURCES.__getitem__, tmp_path, limits=PictureLimits(max_pixels=200))
    assert list(result.written) == list(SOURCES)


@pytest.mark.parametrize("num_workers", [0, 1, 2])
def test_results_keep_the_order_of_the_names(tmp_path: Path, num_workers: int) -> None:
    pictures = {f"{n:02}.png": picture(n, "PNG") for n in range(30)}
    names = list(reversed(pictures))
    result = dump(names, pictures.__getitem__, tmp_path, image_format="png", num_workers=num_workers)
    assert list(result.written.items()) == [(name, name) for name in names]
    assert all((tmp_path / name).read_bytes() == data for name, data in pictures.items())


def test_a_share_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    def read(name: str) -> bytes:
        if name == "b/deep/z.bmp":
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return SOURCES[name]

    with pytest.raises(InputError, match=r"b/deep/z\.bmp: cannot be read: Stale file handle; "):
        dump(list(SOURCES), read, tmp_path)
    assert all(process.name != "decoder" for process in multiprocessing.active_children())
    assert all(name.endswith(".png") for name in tree(tmp_path))


NAMES = st.lists(
    st.sampled_from([f"{s}{e}" for s in ("a", "a.jpg", "a.png") for e in (".jpg", ".png", ".bmp", ".PNG", "")])
)


@given(NAMES, st.sampled_from(["png", "jpg", "tiff"]))
def test_no_two_names_collide(filenames: list[str], image_format: str) -> None:
    names = dump_names(filenames, image_format)
    assert set(names) == set(filenames)
    assert len(set(names.values())) == len(names)


def test_a_taken_second_choice_gets_a_number() -> None:
    assert dump_names(["x.jpg", "x.png", "x.jpg.png"], "png")["x.jpg"] == "x.jpg-2.png"


@pytest.mark.parametrize("name", ["../x.jpg", "/x.jpg", "a/../../x.jpg"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="leads out of the folder"):
        dump([name], lambda _: SOURCES["a/x.jpg"], tmp_path / "s", image_format="png")
    assert tree(tmp_path) == []


@pytest.mark.parametrize(("image_format", "size"), [("gif", []), ("png", [0]), ("png", [1, 2, 3]), ("png", [10**6])])
def test_impossible_options(tmp_path: Path, image_format: str, size: list[int]) -> None:
    with pytest.raises(InputError, match="output_image_"):
        dump([], lambda _: b"", tmp_path, image_format=image_format, image_size=size)


@pytest.mark.parametrize("size", [[], [1], [1, 1], [1, MAX_SIDE], [MAX_SIDE]])
def test_the_smallest_and_the_largest_size_are_possible(size: list[int]) -> None:
    check_options("png", size)


@pytest.mark.parametrize("size", [[MAX_SIDE + 1], [0, 5], [5, 0], [-1], [1, MAX_SIDE + 1]])
def test_one_more_or_less_is_not(size: list[int]) -> None:
    with pytest.raises(
        InputError, match=r"output_image_size=\[.*\]: use -1, a shortest edge or \[height, width\] up to"
    ):
        check_options("png", size)


@pytest.mark.parametrize(("size", "expected"), [([1], (2, 1)), ([1, 1], (1, 1)), ([1, 3], (3, 1))])
def test_a_side_of_one_pixel_is_written(tmp_path: Path, size: list[int], expected: tuple[int, int]) -> None:
    dump(["a/x.jpg"], SOURCES.__getitem__, tmp_path, image_format="png", image_size=size)
    assert Image.open(tmp_path / "a/x.png").size == expected


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, r"cannot be written .*; make .* writable")]
)
def test_disk_trouble_names_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(InputError, match=words) as error:
        dump(["a/x.jpg"], SOURCES.__getitem__, tmp_path)
    assert str(tmp_path / "a") in str(error.value)
    assert tree(tmp_path) == []
