import pytest

from selection_assets.stages.reporting.shorten import shorten
from tests.stages.reporting.facts_factory import HOSTILE


@pytest.mark.parametrize(
    ("name", "length", "short"),
    [
        ("abc", 3, "abc"),
        ("a\nb\t\x00c\u2028", 9, "a b  c "),
        ("abcdefghij", 7, "ab…ghij"),
        ("abcdefghij", 9, "abc…fghij"),
        ("abcdefghij", 10, "abcdefghij"),
        ("abcdefghij", 2, "…j"),
        (HOSTILE, 99, HOSTILE),
        ("", 5, ""),
    ],
)
def test_shorten(name: str, length: int, short: str) -> None:
    assert shorten(name, length) == short
    assert len(short) <= length
