import re

import pytest

from configs.errors import InputError
from configs.thumbnail_suffix import DEFAULT, checked_thumbnail_suffix


@pytest.mark.parametrize(
    "text",
    [
        DEFAULT,
        ".lightly/thumbnails/[filename]-thumb-[extension]",
        ".lightly/small/cats/[filename].jpg",
        ".lightly/ünï côde/[extension]/[filename][filename]",
        ".lightly/metadata2/[filename]",
    ],
)
def test_what_fits_is_kept(text: str) -> None:
    assert checked_thumbnail_suffix(text) == text


@pytest.mark.parametrize("text", ["", " ", "none", "None", " NONE "])
def test_none(text: str) -> None:
    assert checked_thumbnail_suffix(text) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("/abs/[filename]", "is absolute"),
        ("C:/x/[filename]", "is absolute"),
        ("s3://bucket/[filename]", "is absolute"),
        ("../[filename]", "leads out of the LIGHTLY place"),
        (".lightly/x/../../[filename]", "leads out of the LIGHTLY place"),
        (".lightly/x/[filename]/..", "leads out of the LIGHTLY place"),
        (".lightly/x\\..\\[filename]", "holds a backslash"),
        (".lightly/./[filename]", "holds an empty part, or '.' as one"),
        (".lightly/x//[filename]", "holds an empty part, or '.' as one"),
        (".lightly/x/[filename]/", "holds an empty part, or '.' as one"),
        (".lightly/thumbnails/thumb.jpg", "does not hold [filename], so all pictures would share one thumbnail"),
        (".lightly/thumbnails/[Filename]", "does not hold [filename], so all pictures would share one thumbnail"),
        (".lightly/x/[filename]_[date]", "holds brackets other than [filename] and [extension]"),
        (".lightly/x/[[filename]]", "holds brackets other than [filename] and [extension]"),
        (".lightly/x/[filename]]", "holds brackets other than [filename] and [extension]"),
        ("[filename].[extension]", "does not begin with .lightly/ and the name of a folder"),
        ("thumbnails/[filename]", "does not begin with .lightly/ and the name of a folder"),
        (".lightly/[filename]", "does not begin with .lightly/ and the name of a folder"),
        (".lightly/[filename]/x", "does not begin with .lightly/ and the name of a folder"),
        (".lightly/x[filename]/y", "does not begin with .lightly/ and the name of a folder"),
        (".lightly/predictions/[filename].json", "names a folder that holds something else"),
        (".lightly/Metadata/[filename]", "names a folder that holds something else"),
        (".lightly/x/a\nb[filename]", "holds a control character, or bytes that are not UTF-8"),
        (".lightly/x/\udcff[filename]", "holds a control character, or bytes that are not UTF-8"),
        (f".lightly/x/{'a' * 500}[filename]", "has more than 500 characters"),
    ],
)
def test_what_does_not_fit_is_one_line_with_the_mend(text: str, fault: str) -> None:
    message = rf" {re.escape(fault)}; write '{re.escape(DEFAULT)}', the like, or none$"
    with pytest.raises(InputError, match=message) as error:
        checked_thumbnail_suffix(text)
    assert str(error.value).startswith("--thumbnail-suffix '") and len(str(error.value).splitlines()) == 1
