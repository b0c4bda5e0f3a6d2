import pytest

from selection_assets.stages.reporting.markdown_text import markdown_picture, markdown_text


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("a_b-c.jpg (1)", 20, "a_b-c.jpg (1)"),
        ("__init__", 20, r"\_\_init\_\_"),
        ("_x_ y_", 20, r"\_x\_ y\_"),
        ("a|b\\c", 20, r"a\|b\\c"),
        ("*`[<&$~>]`*", 20, r"\*\`\[\<\&\$\~\>\]\`\*"),
        ("a\nb", 20, "a b"),
        ("|" * 9, 4, r"\|…\|\|"),
    ],
)
def test_nothing_is_markup(text: str, length: int, shown: str) -> None:
    assert markdown_text(text, length) == shown


def test_a_picture_is_within_the_text() -> None:
    assert markdown_picture("all plots", b"\xffpng?", "image/png") == "![all plots](data:image/png;base64,/3BuZz8=)"
