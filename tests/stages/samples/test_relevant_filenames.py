import logging
import random

import pytest

from configs.errors import InputError
from configs.filenames.relevant_names import relevant_lines
from selection_assets.stages.samples.relevant_filenames import relevant_rows

ROOT = [
    "image_1.png",
    "subdir/image_2.png",
    "subdir/image_3.png",
    "subdir/image_40.png",
    "subdir/image_41.png",
    "subdir/image_42.png",
]


def chosen(lines: list[str], filenames: list[str] = ROOT) -> list[str]:
    return [filenames[row] for row in relevant_rows(lines, filenames)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["image_1.png", "subdir/* subdir/image_4* !subdir/image_41.png !subdir/image_42.png"],
            ["image_1.png", "subdir/image_2.png", "subdir/image_3.png", "subdir/image_41.png", "subdir/image_42.png"],
        ),
        (["image_1.png", "subdir/*"], ROOT),
        (["image_1.png", "subdir/image_2.png", "subdir/image_3.png"], ROOT[:3]),
        (["subdir/image_3.png", "image_1.png"], ["image_1.png", "subdir/image_3.png"]),
        (["*"], ROOT),
        (["subdir/image_4*"], ROOT[3:]),
        (["", "  ", "image_1.png   "], ["image_1.png"]),
        (["image_1.png", "* subdir"], ["image_1.png"]),
        (["subdir/*\t*0.png"], [name for name in ROOT[1:] if name != "subdir/image_40.png"]),
    ],
)
def test_examples(lines: list[str], expected: list[str]) -> None:
    assert chosen(lines) == expected


def test_names_with_spaces_and_stars_are_names_first() -> None:
    files = ["a b.png", "c*d.png", "my dir/1.png", "my dir/2.png", "trailing .png "]
    assert chosen(["a b.png", "c*d.png", "trailing .png "], files) == ["a b.png", "c*d.png", "trailing .png "]
    assert chosen(["my dir/* 2.png"], files) == ["my dir/1.png"]


def test_oddities_are_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    lines = ["image_1.png", "image_1.png", "gone.png", "nope*", "/image_1.png", "./subdir/*", "subdir/../image_1.png"]
    with caplog.at_level(logging.WARNING, "winnow"):
        assert chosen(lines) == ["image_1.png"]
    assert "1 line(s) given more than once, kept once: image_1.png" in caplog.text
    assert "2 line(s) match no file in the input: gone.png, nope*" in caplog.text
    assert "3 line(s) start with / or hold ./ or ../" in caplog.text


@pytest.mark.parametrize(
    "line", ["image_1", "subdir/image_4", "subdir/", "subdir", "image_1.pn", "image_1.png.bak", "mage_1.png"]
)
def test_a_line_without_a_star_is_a_whole_name(line: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "winnow"):
        assert chosen([line, "subdir/image_2.png"]) == ["subdir/image_2.png"]
    assert f"1 line(s) match no file in the input: {line}" in caplog.text


def test_few_rows_of_many_keep_the_order_of_the_listing() -> None:
    """Large numbers: sets of small ones happen to be in order."""
    files = [f"{n:06}.png" for n in range(100_000)]
    rows = [99_999, 70_001, 12, 31_337, 8_193]
    assert relevant_rows([files[row] for row in rows], files) == sorted(rows)


def test_nothing_left_is_refused() -> None:
    with pytest.raises(InputError, match="selects none of the 6 input files"):
        chosen(["gone.png"])
    with pytest.raises(InputError, match="selects none"):
        chosen(["subdir/* subdir"])


def test_text_after_a_star_is_refused_with_its_line() -> None:
    with pytest.raises(InputError, match=r"relevant filenames file, line 2: only the end of a prefix may be \*"):
        chosen(["image_1.png", "subdir/*.png"])


def test_rows_keep_the_order_of_an_unsorted_listing() -> None:
    rng = random.Random(1)
    files = [f"{rng.choice('abc')}/{n}.png" for n in range(200)]
    rng.shuffle(files)
    prefixes = ["a/", "b/1", "c/20.png"]
    expected = [row for row, name in enumerate(files) if name.startswith(tuple(prefixes))]
    assert relevant_rows([prefix + "*" for prefix in prefixes], files) == expected


def test_bytes_become_lines() -> None:
    assert relevant_lines("\ufeffä.png\r\nb\u2028.png\n".encode(), "file x") == ["ä.png", "b\u2028.png", ""]
    with pytest.raises(InputError, match="file x, line 2: not UTF-8 text"):
        relevant_lines(b"a.png\n\xff.png", "file x")
