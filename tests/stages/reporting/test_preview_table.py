"""The preview, read back by a reader of Markdown tables."""

import re
from datetime import UTC, datetime

import polars as pl
import pytest

from selection_assets.stages.reporting.preview_table import preview_table
from tests.stages.reporting.facts_factory import HOSTILE


def cells(line: str) -> list[str]:
    """The cells of a line as a browser shows them: split at bars without a backslash, backslashes taken away."""
    parts = re.split(r"(?<!\\)\|", line)
    assert parts[0] == parts[-1] == ""
    return [re.sub(r"\\([!-/:-@[-`{-~])", r"\1", part.strip()) for part in parts[1:-1]]


def test_a_table() -> None:
    frame = pl.DataFrame(
        {
            "filename": ["dir/a_b.jpg", None, "c"],
            "distance": [0.123456, 1234567.8, None],
            "order": [1, 20_000, None],
            "flag": [True, False, None],
            "seen": [datetime(2026, 1, 2, 3, 4, tzinfo=UTC)] * 3,
        }
    )
    assert preview_table(frame, rows=2).splitlines() == [
        "| filename | distance | order | flag | seen |",
        "| --- | ---: | ---: | --- | --- |",
        "| dir/a_b.jpg | 0.1235 | 1 | True | 2026-01-02 03:04:00+00:00 |",
        "|  | 1234568 | 20000 | False | 2026-01-02 03:04:00+00:00 |",
        "",
        "2 of 3 rows",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (-0.00012345, "-0.0001234"), (999.96, "1000"), (1000.4, "1000"), (float("inf"), "inf"),
     (float("-inf"), "-inf"), (float("nan"), "nan"), (12.345678, "12.35")],
)  # fmt: skip
def test_numbers(value: float, shown: str) -> None:
    assert cells(preview_table(pl.DataFrame({"x": [value]})).splitlines()[2]) == [shown]


@pytest.mark.parametrize(
    "text",
    [
        "a|b", "a\\|b", "`code`", "*bold*", "__init__.py", "_x_", "a_b", "[link](javascript:alert(1))",
        "![x](http://evil/x.png)", "&amp;", "~~gone~~", "$x^2$", "<b>", "日本語", "# no title",
        "<img src=x onerror=y>",
    ],
)  # fmt: skip
def test_texts_are_no_markup(text: str) -> None:
    header, rule, line, *_ = preview_table(pl.DataFrame({text: [text]})).splitlines()
    assert cells(header) == cells(line) == [text]
    assert rule == "| --- |"
    plain = re.sub(r"\\.", "", line[2:-2])  # without what is escaped, nothing of Markdown or HTML is left
    assert not re.search(r"[`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])", plain)


def test_hostile_names_stay_on_their_line() -> None:
    lines = preview_table(pl.DataFrame({"filename": [HOSTILE + "\r\n\u2028x", "b"]})).splitlines()
    assert len(lines) == 6
    assert cells(lines[2]) == [HOSTILE + "   x"]


def test_long_texts_lose_their_middle_and_wide_tables_their_end() -> None:
    long = "start" + "x" * 500 + "end.jpg"
    frame = pl.DataFrame({f"c{i:02d}": [long] for i in range(20)})
    header, _, line, _, more = preview_table(frame).splitlines()
    assert cells(header) == [f"c{i:02d}" for i in range(14)]
    assert all(len(cell) == 60 and cell.startswith("start") and cell.endswith("end.jpg") for cell in cells(line))
    assert more == "1 of 1 rows, 14 of 20 columns"


def test_vectors_and_bytes_are_left_out() -> None:
    frame = pl.DataFrame(
        {"a": [1], "embedding": [[1.0, 2.0]], "jpeg": [b"x"], "box": [[1, 2]]},
        schema_overrides={"embedding": pl.Array(pl.Float32, 2)},
    )
    assert cells(preview_table(frame).splitlines()[0]) == ["a", "box"]
    assert preview_table(frame.select("embedding", "jpeg")) == "1 rows without columns to show"


def test_eight_rows_and_none() -> None:
    frame = pl.DataFrame({"a": range(2000)})
    lines = preview_table(frame).splitlines()
    assert [cells(line) for line in lines[2:10]] == [[str(i)] for i in range(8)]
    assert lines[10:] == ["", "8 of 2,000 rows"]
    assert preview_table(frame.head(0)).splitlines() == ["| a |", "| ---: |", "", "0 of 0 rows"]
