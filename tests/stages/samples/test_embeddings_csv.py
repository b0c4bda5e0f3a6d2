import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from configs.errors import InputError
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv, write_embeddings_csv

HEADER = "filenames,embedding_0,embedding_1,masked,selected,labels,al_score"
EXAMPLE = f"""{HEADER}
a/x.jpg,0.25,0.91,0,1,0,0.10
a/y.jpg,0.31,0.87,0,0,0,0.83
b/z.png,-0.44,0.12,1,0,1,0.50
"""


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "embeddings.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(tmp_path: Path, content: str | bytes) -> str:
    path = write(tmp_path, content)
    with pytest.raises(InputError) as error:
        read_embeddings_csv(path)
    message = str(error.value)
    assert "\n" not in message and message.startswith(str(path))
    return message.removeprefix(str(path))


def test_example(tmp_path: Path) -> None:
    frame = read_embeddings_csv(write(tmp_path, EXAMPLE))
    assert frame.schema == {
        "filename": pl.String,
        "embedding": pl.Array(pl.Float32, 2),
        "label": pl.String,
        "masked": pl.Boolean,
        "preselected": pl.Boolean,
        "al_score": pl.Float64,
    }
    assert frame.drop("embedding").rows() == [
        ("a/x.jpg", "0", False, True, 0.10),
        ("a/y.jpg", "0", False, False, 0.83),
        ("b/z.png", "1", True, False, 0.50),
    ]
    expected = np.array([[0.25, 0.91], [0.31, 0.87], [-0.44, 0.12]], np.float32)
    assert np.array_equal(frame["embedding"].to_numpy(), expected)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("a/x.jpg", '"a/x.jpg"'),
        lambda text: (
            text.replace(",0.25,", ", 0.25 ,").replace(",0.87,", ",\t0.87\t ,").replace(",1,0,1,", ", 1,0 , 1\t,")
        ),
        lambda text: text.replace(",1,0,1,", ",1.0,0.0,1.0,").replace(",0,1,0,", ",0.0,1.0,0.0,"),
        lambda text: text.replace(",1,0,1,", ",True,FALSE,+1,").replace(",0,1,0,", ",false , true,00,"),
        lambda text: text.replace("0.10", " 0.10").replace("0.83", "0.83\t"),
        lambda text: text.replace("filenames,", '"filenames",').replace(",labels,", ',"labels",'),
    ],
)
def test_harmless_variants(tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    expected = read_embeddings_csv(write(tmp_path, EXAMPLE))
    assert read_embeddings_csv(write(tmp_path, change(EXAMPLE))).equals(expected)


def test_file_of_the_package(tmp_path: Path) -> None:
    """Written by `lightly.utils.io.save_embeddings` and read by ours, and the other way round."""
    from lightly.utils import io

    vectors = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    names, labels = [f"d/{i}.jpg" for i in range(9)], list(range(9))
    io.save_embeddings(str(tmp_path / "theirs.csv"), vectors, labels, names)
    frame = read_embeddings_csv(tmp_path / "theirs.csv")
    assert np.array_equal(frame["embedding"].to_numpy(), vectors)
    assert frame["filename"].to_list() == names and frame["label"].to_list() == list(map(str, labels))
    assert not frame["masked"].any() and not frame["preselected"].any()

    write_embeddings_csv(tmp_path / "ours.csv", names, vectors, labels)
    loaded, loaded_labels, loaded_names = io.load_embeddings(str(tmp_path / "ours.csv"))
    assert np.array_equal(loaded.astype(np.float32), vectors)
    assert (loaded_labels, loaded_names) == (labels, names)


def test_extra_columns(tmp_path: Path) -> None:
    frame = read_embeddings_csv(write(tmp_path, "filenames,embedding_0,labels,score,note\na,1,0,,x\nb,2,0,0.5,\n"))
    assert frame["score"].to_list() == [None, 0.5]
    assert frame["note"].to_list() == ["x", None]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-20", " 0 ", ""], [1, -20, 0, None]),
        (["9007199254740992", "9007199254740993"], [9007199254740992, 9007199254740993]),
        (["9223372036854775807", "-9223372036854775808"], [2**63 - 1, -(2**63)]),
        (["9223372036854775808", "1"], ["9223372036854775808", "1"]),  # longer than 64 bits
        (["007", "7", "07"], ["007", "7", "07"]),
        (["-07", "7.5"], ["-07", "7.5"]),
        (["0", "00"], ["0", "00"]),
        (["1", "2.0"], [1.0, 2.0]),
        (["0.5", "007.5"], [0.5, 7.5]),
        (["+7", "1e3", "-0"], [7.0, 1000.0, 0.0]),
        (["nan", "inf"], [float("nan"), float("inf")]),
        (["1", "x"], ["1", "x"]),
        (["true", "false"], ["true", "false"]),
        (["", ""], [None, None]),
    ],
)
def test_what_an_extra_column_holds(tmp_path: Path, values: list[str], expected: list[object]) -> None:
    lines = "".join(f"{row},1,0,{value}\n" for row, value in enumerate(values))
    for head in ("filenames,embedding_0,labels,x\n", 'filenames,"embedding_0",labels,x\n'):
        frame = read_embeddings_csv(write(tmp_path, head + lines))
        found = frame["x"].to_list()
        assert repr(found) == repr(expected).replace("0.0]", "-0.0]" if "-0" in values else "0.0]")
    slowly = read_embeddings_csv(
        write(tmp_path, "filenames,embedding_0,labels,x,y\n" + lines.replace("\n", ',"a\nb"\n'))
    )
    assert repr(slowly["x"].to_list()) == repr(found)


def test_labels_of_any_size_and_sign(tmp_path: Path) -> None:
    labels = ["20240101", "-3", "9223372036854775807", "-9223372036854775808", "+5", "007", "-0", "4.0", " 6 ", "8."]
    expected = ["20240101", "-3", "9223372036854775807", "-9223372036854775808", "5", "7", "0", "4", "6", "8"]
    rows = [f"{i}.jpg,1,{label}\n" for i, label in enumerate(labels)]
    frame = read_embeddings_csv(write(tmp_path, "filenames,embedding_0,labels\n" + "".join(rows)))
    assert frame["label"].to_list() == expected
    for row, label in zip(rows, expected, strict=True):  # alone, each is read fast or slowly, and alike
        alone = read_embeddings_csv(write(tmp_path, "filenames,embedding_0,labels\n" + row))
        assert alone["label"].to_list() == [label]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("number", ["1", " 1 "])
def test_text_of_several_lines_in_an_extra_column(tmp_path: Path, end: str, number: str) -> None:
    text = f'filenames,embedding_0,labels,note\na,{number},0,"one{end}two, ""three"""\nb,2,0,\nc,x,0,\n'
    message = refusal(tmp_path, text)
    assert message.startswith(", line 5, column embedding_0: 'x'")
    frame = read_embeddings_csv(write(tmp_path, text.replace("c,x,0,\n", "")))
    assert frame["note"].to_list() == [f'one{end}two, "three"', None]
    assert frame["embedding"].to_numpy().tolist() == [[1], [2]]


def test_a_very_long_text(tmp_path: Path) -> None:
    for number in ("1", "1 "):
        text = f"filenames,embedding_0,labels,note\na,{number},0,{'x' * 300_000}\n"
        assert read_embeddings_csv(write(tmp_path, text))["note"].str.len_chars().to_list() == [300_000]
    assert csv.field_size_limit() == 131_072


def test_where_is_how_messages_call_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "filenames,embedding_0,labels\na,x,0\n")
    with pytest.raises(InputError, match=r"^s3://b/e\.csv, line 2, column embedding_0: 'x'"):
        read_embeddings_csv(path, "s3://b/e.csv")


ROW = "a/x.jpg,0.25,0.91,0,1,0,0.1\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("b,abc,0.91,0,1,0,0.1", ["line 3, column embedding_0: 'abc' is not a number"]),
        ("b,0.1,nan,0,1,0,0.1", ["line 3, column embedding_1: 'nan' is not finite"]),
        ("b,0.1,-inf,0,1,0,0.1", ["line 3, column embedding_1: '-inf' is not finite"]),
        ("b,0.1,1e39,0,1,0,0.1", ["line 3, column embedding_1", "too large for float32"]),
        ("b,,0.1,0,1,0,0.1", ["line 3, column embedding_0", "is empty"]),
        ("b,0.1,0.1,0,1,x,0.1", ["line 3, column labels: 'x' is not an integer"]),
        ("b,0.1,0.1,0,1,,0.1", ["line 3, column labels", "is not an integer"]),
        ("b,0.1,0.1,0,1,99999999999999999999,0.1", ["line 3, column labels", "more than 64 bits"]),
        (
            "b,0.1,0.1,0,1,9223372036854775808,0.1",
            ["line 3, column labels: '9223372036854775808' is an integer of more"],
        ),
        ("b,0.1,0.1,0,1,-9223372036854775809,0.1", ["line 3, column labels", "more than 64 bits"]),
        ("b,0.1,0.1,0,1," + "9" * 9_999 + ",0.1", ["line 3, column labels", "more than 64 bits"]),
        ("b,0.1,0.1,0,1,1.5,0.1", ["line 3, column labels: '1.5' is not an integer"]),
        ("b,0.1,0.1,0,1,1e3,0.1", ["line 3, column labels: '1e3' is not an integer"]),
        ("b,0.1,0.1,0,1,١,0.1", ["line 3, column labels", "is not an integer"]),
        ("b,0. 1,0.1,0,1,0,0.1", ["line 3, column embedding_0: '0. 1' is not a number"]),
        ("b,0.1,1_0,0,1,0,0.1", ["line 3, column embedding_1: '1_0' is not a number"]),
        ("b,0.1, ,0,1,0,0.1", ["line 3, column embedding_1: ' ' is empty"]),
        ("b,0.1,0.1,0, ,0,0.1", ["line 3, column selected: ' ' is empty"]),
        ("b,0.1,0.1,0.5,1,0,0.1", ["line 3, column masked: '0.5' is neither"]),
        ("b,0.1,0.1,0,1,0,x\rb,0.1,0.1,0,1,0,0.1", ["line 3", "line end of another kind"]),
        ('b,0.1,0.1,0,1,0,"x" y', ["line 3", "a quotation mark is not closed or stands within a value"]),
        ("b,0.1,0.1,2,1,0,0.1", ["line 3, column masked: '2' is neither 0 nor 1"]),
        ("b,0.1,0.1,,1,0,0.1", ["line 3, column masked"]),
        ("b,0.1,0.1,0,maybe,0,0.1", ["line 3, column selected: 'maybe'"]),
        ("b,0.1,0.1,0,1,0", ["line 3", "has 6 values, the header has 7"]),
        ("b,0.1,0.1,0,1,0,0.1,7", ["line 3", "has 8 values, the header has 7"]),
        ("b", ["line 3", "has 1 values"]),
        ("", ["line 3: is empty"]),
        ("   ", ["line 3: is empty"]),
        (",0.1,0.1,0,1,0,0.1", ["line 3, column filenames", "is empty"]),
        ('"",0.1,0.1,0,1,0,0.1', ["line 3, column filenames"]),
        ('"b,0.1,0.1,0,1,0,0.1', ["line 3: a quotation mark is not closed"]),
        ("/etc/passwd,0.1,0.1,0,1,0,0.1", ["line 3, column filenames: '/etc/passwd' is no relative file name"]),
        ("../x.jpg,0.1,0.1,0,1,0,0.1", ["line 3", "'../x.jpg'"]),
        ("a/../../x.jpg,0.1,0.1,0,1,0,0.1", ["line 3", "no relative file name"]),
        ("a\\..\\x.jpg,0.1,0.1,0,1,0,0.1", ["line 3", "no relative file name (holds '..' as a folder)"]),
        ("..\\x.jpg,0.1,0.1,0,1,0,0.1", ["line 3", "no relative file name"]),
        ("C:\\x.jpg,0.1,0.1,0,1,0,0.1", ["line 3", "no relative file name"]),
        ('"a,b.jpg",0.1,0.1,0,1,0,0.1', ["line 3", "'a,b.jpg'"]),
        ("a\x07b.jpg,0.1,0.1,0,1,0,0.1", ["line 3", "a\\x07b.jpg"]),
        ("a\u2028b.jpg,0.1,0.1,0,1,0,0.1", ["line 3", "a\\u2028b.jpg"]),
        ("a/x.jpg,0.1,0.1,0,1,0,0.1", ["line 3, column filenames: 'a/x.jpg' stands in line 2 too"]),
    ],
)
def test_bad_rows_name_line_and_column(tmp_path: Path, line: str, words: list[str]) -> None:
    for after in ("\n", "\nz,0.5,0.5,0,0,0,0\n"):
        message = refusal(tmp_path, f"{HEADER}\n{ROW}{line}{after}")
        assert all(word in message for word in words), message


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", ["is empty"]),
        ("names,embedding_0,labels", ["first column is 'names'"]),
        ("filenames,embedding_0", ["no column labels"]),
        ("filenames,labels", ["no column embedding_0"]),
        ("filenames,embedding_0,embedding_2,labels", ["column embedding_2: embedding_1 was expected"]),
        ("filenames,embedding_1,labels", ["embedding_0 was expected"]),
        ("filenames,embedding_00,labels", ["column embedding_00"]),
        ("filenames,embedding_0,score,labels", ["column score", "behind labels"]),
        ("filenames,embedding_0,masked,embedding_1,labels", ["move it behind the last"]),
        ("filenames,embedding_0,labels,embedding_1", ["column embedding_1: stands behind labels"]),
        ("filenames,embedding_0,labels,labels", ["labels appears twice"]),
        ("filenames, embedding_0,labels", ["column 2", "remove spaces"]),
        ("filenames,embedding_0,labels,", ["column 4"]),
        ("filenames,embedding_0,labels,label", ["column label", "reserved"]),
        ("filenames;embedding_0;labels", ["first column"]),
        ('filenames,embedding_0,labels,"a,b"', ["column 4: 'a,b' holds a comma; rename the column"]),
        ('filenames,embedding_0,labels,"a', ["a quotation mark is not closed"]),
        ("filenames,embedding_0,labels\ra,1,2\rb,2,3", ["lines end in CR alone; save the file with LF or CRLF"]),
        ("filenames,embedding_0,labels, al_score", ["column 4", "remove spaces"]),
        ("\tfilenames,embedding_0,labels", ["column 1", "remove spaces"]),
    ],
)
def test_bad_headers(tmp_path: Path, header: str, words: list[str]) -> None:
    message = refusal(tmp_path, header + "\nx,1,2,3\n" if header else "")
    assert all(word in message for word in words), message


def test_header_only_wrong_encoding_and_missing_file(tmp_path: Path) -> None:
    assert "no rows" in refusal(tmp_path, HEADER + "\n")
    assert "line 2: is not UTF-8" in refusal(tmp_path, HEADER.encode() + b"\nb\xff,1,1,0,0,0,0\n")
    assert "is not UTF-8" in refusal(tmp_path, (HEADER + "\n" + ROW).encode("utf-16"))
    with pytest.raises(InputError, match="cannot be read"):
        read_embeddings_csv(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_embeddings_csv(tmp_path)


NAMES = st.lists(
    st.from_regex(r"[a-zé0-9_\- \"']{1,8}/[a-z0-9\"]{1,5}\.jpg", fullmatch=True), min_size=1, max_size=20, unique=True
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), names=NAMES, dimensions=st.integers(1, 5))
def test_round_trip_is_exact(tmp_path: Path, data: st.DataObject, names: list[str], dimensions: int) -> None:
    count = len(names)
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    vectors = data.draw(arrays(np.float32, (count, dimensions), elements=finite))
    labels = data.draw(arrays(np.int64, count, elements=st.integers(-(2**63), 2**63 - 1)))
    masked, selected = (data.draw(arrays(np.bool_, count)) for _ in range(2))
    scores = data.draw(arrays(np.float64, count, elements=st.floats(0, 1)))
    path = tmp_path / "e.csv"
    write_embeddings_csv(path, names, vectors, labels, masked=masked, preselected=selected, extra={"al_score": scores})
    frame = read_embeddings_csv(path)
    assert frame["filename"].to_list() == names
    assert frame["embedding"].to_numpy().tobytes() == vectors.tobytes()
    assert frame["label"].to_list() == [str(label) for label in labels]
    assert np.array_equal(frame["masked"].to_numpy(), masked)
    assert np.array_equal(frame["preselected"].to_numpy(), selected)
    assert np.array_equal(frame["al_score"].to_numpy(), scores)
    with path.open(newline="", encoding="utf-8") as file:  # a peer's parser sees the same
        assert [row[0] for row in csv.reader(file)][1:] == names


def test_blocks_and_row_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from selection_assets.stages.samples import embeddings_csv

    monkeypatch.setattr(embeddings_csv, "WRITE_ROWS", 3)
    vectors = np.arange(20, dtype=np.float32).reshape(10, 2)
    rows = np.array([7, 1, 4, 9])
    write_embeddings_csv(tmp_path / "e.csv", [f"{i}.jpg" for i in range(10)], vectors, np.arange(10), rows=rows)
    frame = read_embeddings_csv(tmp_path / "e.csv")
    assert frame["filename"].to_list() == ["7.jpg", "1.jpg", "4.jpg", "9.jpg"]
    assert np.array_equal(frame["embedding"].to_numpy(), vectors[rows])
    assert frame["label"].to_list() == [str(row) for row in rows]


def test_no_rows_leave_a_header(tmp_path: Path) -> None:
    write_embeddings_csv(tmp_path / "e.csv", [], np.empty((0, 2), np.float32), [], masked=np.empty(0, bool))
    assert (tmp_path / "e.csv").read_text() == "filenames,embedding_0,embedding_1,masked,labels\n"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = write(tmp_path, EXAMPLE)
    with pytest.raises(ValueError, match="not finite"):
        write_embeddings_csv(path, ["a"], np.array([[np.nan]], np.float32), [0])
    with pytest.raises(ValueError, match="different lengths"):
        write_embeddings_csv(path, ["a", "b"], np.zeros((2, 1), np.float32), [0])
    assert path.read_text() == EXAMPLE
    assert [file.name for file in tmp_path.iterdir()] == ["embeddings.csv"]
