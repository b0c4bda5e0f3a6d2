import itertools

import pytest

from configs.thumbnail_suffix import DEFAULT
from selection_assets.stages.export.thumbnail_keys import thumbnail_key, thumbnail_keys


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("a.jpg", ".lightly/thumbnails/a_thumb.jpg"),
        ("a/b.c/d.e.PNG", ".lightly/thumbnails/a/b.c/d.e_thumb.PNG"),
        ("a.b/c", ".lightly/thumbnails/a.b/c_thumb."),
        ("a/.jpg", ".lightly/thumbnails/a/_thumb.jpg"),
        ("[extension].[filename]", ".lightly/thumbnails/[extension]_thumb.[filename]"),
        ("ü 日\\1.jpg", ".lightly/thumbnails/ü 日\\1_thumb.jpg"),
    ],
)
def test_the_key_of_a_name(filename: str, key: str) -> None:
    assert thumbnail_key(filename, DEFAULT) == key


def test_every_placeholder_counts() -> None:
    assert thumbnail_key("a/b.jpg", ".lightly/x/[extension]/[filename]-[filename].webp") == (
        ".lightly/x/jpg/a/b-a/b.webp"
    )


def test_no_two_names_share_a_key_of_the_default() -> None:
    parts = ("a", "b.jpg", ".jpg", "jpg", "a_thumb", "a_thumb.jpg", "b.jpg.png", "b_thumb.jpg")
    names = [*parts, *("/".join(each) for each in itertools.product(parts, repeat=2))]
    found = thumbnail_keys(names, DEFAULT)
    assert not found.refused
    assert len(set(found.keys.values())) == len(found.keys) == len(names)
    assert all(key.startswith(".lightly/thumbnails/") for key in found.keys.values())


def test_of_names_that_share_a_key_the_first_has_it() -> None:
    found = thumbnail_keys(["b.png", "a.png", "b.jpg", "b.bmp"], ".lightly/x/[filename].jpg")
    assert found.keys == {"a.png": ".lightly/x/a.jpg", "b.bmp": ".lightly/x/b.jpg"}
    assert found.refused == dict.fromkeys(("b.jpg", "b.png"), "b.bmp has the thumbnail of this name")


@pytest.mark.parametrize("filename", ["...jpg", "a/...jpg", "..jpg", ".jpg", "../x.jpg", "a//x.jpg", "/x.jpg"])
def test_names_that_would_leave_their_folder(filename: str) -> None:
    found = thumbnail_keys([filename, "x.jpg"], ".lightly/x/[filename]/[extension]")
    assert found.keys == {"x.jpg": ".lightly/x/x/jpg"}
    assert found.refused == {filename: "its name makes an empty part, '.' or '..' of the thumbnail's"}
