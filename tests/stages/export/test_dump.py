import errno
import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from configs.errors import InputError
from selection_assets.stages.export.dump import dump_images, dump_names


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


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_relative_names_and_formats(tmp_path: Path) -> None:
    result = dump_images(list(SOURCES), SOURCES.__getitem__, tmp_path / "sampled", image_format="png")
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
    result = dump_images(list(SOURCES), SOURCES.__getitem__, tmp_path, image_format="jpg", num_workers=0)
    assert result.written["a/x.jpg"] == "a/x.jpg" and result.written["a/y.JPEG"] == "a/y.JPEG"
    assert (tmp_path / "a/y.JPEG").read_bytes() == SOURCES["a/y.JPEG"]
    assert result.written["a/x.png"] == "a/x.png.jpg"


def test_a_wrong_extension_does_not_decide(tmp_path: Path) -> None:
    dump_images(["x.png"], lambda _: SOURCES["a/x.jpg"], tmp_path, image_format="png")
    assert Image.open(tmp_path / "x.png").format == "PNG"


def test_size(tmp_path: Path) -> None:
    dump_images(["a/x.jpg"], SOURCES.__getitem__, tmp_path, image_format="jpg", image_size=[4, 6])
    assert Image.open(tmp_path / "a/x.jpg").size == (6, 4)


def test_missing_and_broken_sources_are_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def read(name: str) -> bytes:
        if name == "gone.jpg":
            raise FileNotFoundError(name)
        return b"broken" if name == "broken.jpg" else SOURCES[name]

    result = dump_images(["gone.jpg", "a/x.jpg", "broken.jpg"], read, tmp_path)
    assert result.missing == ["gone.jpg"] and list(result.failed) == ["broken.jpg"]
    assert tree(tmp_path) == ["a/x.png"]
    assert "1 selected images are gone" in caplog.text and "could not be dumped (first: broken.jpg" in caplog.text


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
        dump_images([name], lambda _: SOURCES["a/x.jpg"], tmp_path / "s", image_format="png")
    assert tree(tmp_path) == []


@pytest.mark.parametrize(("image_format", "size"), [("gif", []), ("png", [0]), ("png", [1, 2, 3]), ("png", [10**6])])
def test_impossible_options(tmp_path: Path, image_format: str, size: list[int]) -> None:
    with pytest.raises(InputError, match="output_image_"):
        dump_images([], lambda _: b"", tmp_path, image_format=image_format, image_size=size)


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
        dump_images(["a/x.jpg"], SOURCES.__getitem__, tmp_path)
    assert str(tmp_path / "a") in str(error.value)
    assert tree(tmp_path) == []
