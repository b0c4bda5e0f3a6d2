"""The fast reader and the slow one are one rule: against each other, and against an oracle of the `csv` module."""

import csv
import io
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from configs.errors import InputError
from selection_assets.stages.samples import embeddings_csv as module
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv
from selection_assets.stages.samples.embeddings_csv_rows import read_rows
from selection_assets.stages.samples.names import name_fault

COLUMNS = ["filenames", "embedding_0", "masked", "labels", "note"]
HEADER = ",".join(COLUMNS)
LIMIT = Fraction(2**128 - 2**103)
Row = tuple[str, float, str, bool, str | None]

numbers = st.one_of(
    st.sampled_from(
        ["0", "1", "-1.5", ".5", "5.", "+2", "1e3", "-2E-3", "007", "1e39", "3.4028235e38", "3.4028236e38"]
    ),
    st.decimals(-1000, 1000, places=3).map(str),
    st.text("0123456789.eE+-_xninfa ", max_size=5),
)
flags = st.sampled_from(["0", "1", "0.0", "1.0", "true", "False", " TRUE ", "1 ", "\t0", "2", "", " ", "yes", "1.00"])
labels = st.one_of(
    st.integers(-(2**64), 2**64).map(str),
    st.sampled_from(["0", "+1", "-0", "3.0", "3.", "3.5", "", " 4", "4\t", "1e2", "00", "0x1", "1_0", "--1"]),
)
names = st.text(st.sampled_from('ab/.\\" é'), min_size=0, max_size=4)
notes = st.text(st.sampled_from('a1." ,\n\r\té'), max_size=5)
blanks = st.sampled_from(["", "", "", " ", "\t", "  "])


@st.composite
def fields(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """A value, written plainly, quoted, or carelessly."""
    value = draw(blanks) + draw(values) + draw(blanks)
    quoted = '"' + value.replace('"', '""') + '"'
    return draw(st.sampled_from([value, value, quoted, quoted])) + draw(st.sampled_from([""] * 12 + ['"', " "]))


@st.composite
def files(draw: st.DrawFn) -> str:
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    rows: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        row = [draw(fields(values)) for values in (names, numbers, flags, labels, notes)]
        row = row[: draw(st.sampled_from([5] * 12 + [4, 3, 0]))] + ["x"] * draw(st.sampled_from([0] * 12 + [1]))
        rows.append(",".join(row))
    return HEADER + end + end.join(rows) + draw(st.sampled_from(["", end, end, end + end]))


@st.composite
def good_files(draw: st.DrawFn) -> str:
    """Most of what `files` draws is refused; of these most are not."""
    rows: list[str] = []
    for i in range(draw(st.integers(1, 4))):
        note = draw(notes)
        quoted = '"' + note.replace('"', '""') + '"'
        values = [
            f"{draw(names)}{i}".replace("..", "a").replace("//", "/").lstrip("/.\\").replace('"', "") + "n",
            draw(blanks) + str(draw(st.decimals(-100, 100, places=2))) + draw(blanks),
            draw(st.sampled_from(["0", "1", "0.0", " True"])),
            draw(blanks) + str(draw(st.integers(-(2**63), 2**63 - 1))) + draw(st.sampled_from(["", ".0", " "])),
            quoted if re.search('[",\r\n]', note) else note,
        ]
        rows.append(",".join(values))
    return HEADER + "\n" + "\n".join(rows) + "\n"


def oracle(text: str) -> list[Row] | None:
    """The rows, or None where a rule is broken: every rule in the plainest words, none of them shared but for names."""
    try:
        rows = [oracle_row(row) for row in list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]]
    except (csv.Error, ValueError, ArithmeticError):
        return None
    return rows if rows and len({row[0] for row in rows}) == len(rows) else None


def oracle_row(row: list[str]) -> Row:
    name, number, flag, label, note = row
    number, flag, label = number.strip(" \t"), flag.strip(" \t").lower(), label.strip(" \t")
    value, whole = Decimal(number), Decimal(label)
    good = (
        not name_fault(name)
        and re.fullmatch(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?", number)
        and abs(value) < LIMIT
        and flag in ("0", "1", "0.0", "1.0", "true", "false")
        and re.fullmatch(r"[+-]?[0-9]+\.?0*", label)
        and -(2**63) <= int(whole) < 2**63
    )
    if not good:
        raise ValueError
    # Digits are few, so rounding to float64 first changes nothing.
    return name, float(np.float32(float(number))), str(int(whole)), flag in ("1", "1.0", "true"), note or None


def values(frame: pl.DataFrame) -> list[Row]:
    note = frame["note"].to_list()
    return list(
        zip(
            frame["filename"],
            frame["embedding"].to_numpy()[:, 0].tolist(),
            frame["label"],
            frame["masked"],
            note,
            strict=True,
        )
    )


def check(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
    expected = oracle(text)
    try:
        slow = read_rows(path, COLUMNS, "e.csv")
        slow_values = values(slow) if len(slow) else None
    except InputError as error:
        assert re.match(r"e\.csv, line \d+", str(error)) and "\n" not in str(error)
        slow_values = None
    assert slow_values == expected
    fast = module._read_fast(path, COLUMNS)
    if fast is not None:
        assert (values(fast) if len(fast) else None) == expected
    if expected is None:
        with pytest.raises(InputError):
            read_embeddings_csv(path)
    else:
        found = read_embeddings_csv(path)
        assert found.drop("note").rows() == slow.drop("note").rows()


FEW = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(files())
@example(HEADER + '\na"b,1,0,0,x\nc"d,2,0,0,y\n')
@example(HEADER + '\na,1,0,0,b""c\nd,2,0,0,y\n')
@example(HEADER + '\na,1,0,0,"b\r\nc"\nd,2,0,0,y\n')
@example(HEADER + "\na,1,0,0,b\rc\n")
@example(HEADER + "\na,1,0,0,b,")
@example(HEADER + '\na,1,0,0,"x,"\nd,2,0,0,""\n')
@example(HEADER + '\na,1,0,0,"""')
@example(HEADER + '\na,1,0,0,"x""')
@example(HEADER + '\na,1,0,0,""')
def test_any_file(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    check(tmp_path_factory.getbasetemp() / "any.csv", text)


@FEW
@given(good_files())
def test_files_of_people(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    check(tmp_path_factory.getbasetemp() / "good.csv", text)


def test_an_ordinary_file_is_read_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("read slowly")

    monkeypatch.setattr(module, "read_rows", never)
    path = tmp_path / "e.csv"
    for text in (
        HEADER + "\na,1,0,0,x\nb,-2.5,1,-7,\n" + "c,1,true,3,z\n",
        HEADER + '\r\n"a ""b""",1,0,0,"x\r\ny, z"\r\nb,2,1,1,w\r\n',
        "\ufeff" + HEADER + "\na, 1,0,0,x",
    ):
        path.write_bytes(text.encode())
        assert len(read_embeddings_csv(path)) >= 1


@pytest.mark.parametrize("size", range(1, 12))
def test_odd_places_are_found_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(module, "SCAN_BYTES", size)
    path = tmp_path / "e.csv"
    for odd in (b'a,b"c,d\nzz\n', b"a\rb\nzz\n", b"a\r", b'"ab"c'):
        path.write_bytes(b"xx,yy\n" + odd)
        assert module._is_odd(path)
    for plain in ('a,"b ""c"" d",e', "a\r\nb", '"",a,""', '"a\n",b'):
        path.write_bytes(b"xx,yy\n" + plain.encode() + b"\nzz\n")
        assert not module._is_odd(path), plain
