import pytest

from selection_assets.stages.reporting.documents.template_environment import (
    PLOT_PAIRS,
    count,
    decimal,
    environment,
    moment,
    percent,
    seconds,
    share,
)
from tests.stages.reporting.facts_factory import HOSTILE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0.00 s"),
        (0.051, "0.05 s"),
        (0.994, "0.99 s"),
        (0.995, "1.0 s"),
        (59.94, "59.9 s"),
        (60, "1 min 0 s"),
        (3599.4, "59 min 59 s"),
        (86_400, "24 h 0 min"),
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
    assert moment("2026-11-21T10:02:26+05:30") == "2026-11-21 10:02:26 UTC+05:30"
    assert moment("yesterday") == "yesterday"


def test_shares() -> None:
    assert (share(1, 4), share(0, 4), share(3, 0)) == (0.25, 0.0, 0.0)


def test_every_value_is_escaped_and_an_unknown_name_is_an_error() -> None:
    from jinja2 import UndefinedError

    text = environment().from_string("{{ a }} {{ b | brief(5) }} {{ 1234 | count }}").render(a=HOSTILE, b="<" * 9)
    assert "<" not in text
    assert text.endswith(" &lt;…&lt;&lt;&lt; 1,234")
    with pytest.raises(UndefinedError):
        environment().from_string("{{ missing }}").render()
    assert environment().from_string("{{ views | join(' ') }}").render() == " ".join(PLOT_PAIRS)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ 0.5 | decimal(1) }}", "0.5"), ("{{ 0.5 | percent }}", "50.0%"), ("{{ 61 | seconds }}", "1 min 1 s"),
        ("{{ 1 | share(4) }}", "0.25"), ("{{ '2026-11-21T10:02:26' | moment }}", "2026-11-21 10:02:26"),
    ],
)  # fmt: skip
def test_filters(template: str, text: str) -> None:
    assert environment().from_string(template).render() == text
