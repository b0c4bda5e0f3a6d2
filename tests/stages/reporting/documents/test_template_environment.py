import pytest

from selection_assets.stages.reporting.documents.template_environment import count, decimal, moment, percent, seconds


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.051, "0.05 s"),
        (9.31, "9.3 s"),
        (173, "2 min 53 s"),
        (3599.6, "1 h 0 min"),
        (16622, "4 h 37 min"),
    ],
)
def test_seconds(value: float | None, text: str) -> None:
    assert seconds(value) == text


def test_numbers() -> None:
    assert (count(1234567), count(None)) == ("1,234,567", "–")
    assert (decimal(1234.5678), decimal(0.5, 0), decimal(None)) == ("1,234.568", "0", "–")
    assert (percent(0.3125), percent(0.5, 0), percent(None)) == ("31.2%", "50%", "–")


def test_moment() -> None:
    assert moment("2026-11-21T10:02:26.123+00:00") == "2026-11-21 10:02:26 UTC"
    assert moment("2026-11-21T10:02:26") == "2026-11-21 10:02:26"
    assert moment("yesterday") == "yesterday"
