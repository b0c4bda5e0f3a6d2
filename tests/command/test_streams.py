"""Whatever happens to standard output and error, the command does its work and says how it went. Real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from selection_assets.command.streams import _Outlet

CSV = "filenames,embedding_0,embedding_1,labels\na.jpg,0,1,0\nb.jpg,3,0,0\nc.jpg,1,1,0\n"
COMMAND = f"{sys.executable} -m selection_assets.command"
RUN = "run shared_dir=. embeddings=e.csv output_dir=ä run_directory=r stopping_condition.n_samples=2"


def shell(line: str, place: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    (place / "e.csv").write_text(CSV, encoding="utf-8")
    root = str(Path(__file__).parents[2])
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))}
    return subprocess.run(
        ["bash", "-c", line],
        cwd=place,
        env={**clean, "DAGSTER_HOME": str(place / "home"), "PYTHONPATH": root, **environment},
        capture_output=True,
        check=False,
        timeout=120,
    )


def is_complete(place: Path) -> bool:
    folder = place / "ä" / "r"
    lines = (folder / "filenames" / "sampled_filenames.txt").read_text(encoding="utf-8").splitlines()
    return len(lines) == 2 and (folder / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_reader_of_a_run_goes_away(tmp_path: Path) -> None:
    done = shell(f"{COMMAND} {RUN} | head -1; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert done.stdout.splitlines()[-1] == b"0"
    assert done.stderr == b""
    assert is_complete(tmp_path)


@pytest.mark.parametrize("arguments", ["run --help", "--help", "--version"])
def test_the_reader_of_a_text_goes_away(tmp_path: Path, arguments: str) -> None:
    done = shell(f"{COMMAND} {arguments} | true; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert (done.stdout, done.stderr) == (b"0\n", b"")


def test_the_reader_of_errors_goes_away(tmp_path: Path) -> None:
    done = shell(f"{COMMAND} run what=ever 2> >(true); echo $?", tmp_path)
    assert done.stdout == b"2\n"


def test_a_reader_that_is_slow_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    outlet = _Outlet(writing)
    assert (outlet.writable(), outlet.fileno(), outlet.isatty()) == (True, writing, False)
    waited: list[object] = []
    while True:  # until the pipe is full
        try:
            os.write(writing, bytes(4096))
        except BlockingIOError:
            break

    def wait(*of: list[int]) -> None:
        waited.append(of)
        os.read(reading, 1 << 20)

    monkeypatch.setattr("select.select", wait)
    assert (outlet.write(b"text"), outlet.fault) == (4, None)
    assert waited == [([], [writing], [])]
    assert os.read(reading, 100)[-4:] == b"text"
    os.close(reading)
    assert outlet.write(b"lost") == 4 and isinstance(outlet.fault, BrokenPipeError)
    first = outlet.fault
    assert outlet.write(b"more") == 4 and outlet.fault is first
    os.close(writing)


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("ä", "ascii", b"\\xe4"),
        ("a\u20acb", "latin-1", b"a\\u20acb"),
        ("\udcff", "utf-8", b"\xff"),
        ("\udc80\udcff", "ascii", b"\x80\xff"),
        ("ä\udcff€", "ascii", b"\\xe4\xff\\u20ac"),
        ("\udcffä", "ascii", b"\xff\\xe4"),
        ("\ud800", "utf-8", b"\\ud800"),
    ],
)
def test_what_an_encoding_lacks(text: str, encoding: str, expected: bytes) -> None:
    assert text.encode(encoding, "winnow") == expected


def test_bytes_that_are_no_text_are_not_read() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", "winnow")


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_from_the_start(tmp_path: Path, closed: str) -> None:
    done = shell(f"{COMMAND} {RUN} {closed}; echo $?", tmp_path)
    assert (done.stdout, done.stderr) == (b"0\n", b"")
    assert is_complete(tmp_path)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix in (".db", ".sqlite", ".csv")]
    assert len(written) > 3
    assert not [path for path in written if b"Report:" in path.read_bytes()]


def test_a_full_disk_under_standard_output(tmp_path: Path) -> None:
    done = shell(f"{COMMAND} {RUN} > /dev/full; echo $?", tmp_path)
    assert done.stdout == b"2\n"
    assert done.stderr.decode() == (
        "winnow: error: standard output: No space left on device; what was done is kept, what was said is lost\n"
    )
    assert is_complete(tmp_path)


def test_a_stream_that_knows_ascii_only(tmp_path: Path) -> None:
    done = shell(f"{COMMAND} {RUN}", tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[-1] == rf"{tmp_path}/\xe4/r".encode()
    assert is_complete(tmp_path)


def test_a_locale_that_knows_ascii_only(tmp_path: Path) -> None:
    done = shell(f"{COMMAND} {RUN}", tmp_path, LANG="C")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[-1] == f"{tmp_path}/ä/r".encode()
    assert is_complete(tmp_path)


def test_names_where_python_takes_them_for_ascii(tmp_path: Path) -> None:
    """As under an old 8-bit locale, of which not every machine has one."""
    done = shell(f"{COMMAND} {RUN}", tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[-1] == f"{tmp_path}/ä/r".encode()
    assert is_complete(tmp_path)


def test_errors_with_names_that_are_no_text(tmp_path: Path) -> None:
    line = f"{COMMAND} run input_dir=$'no\\xfft\\xc3\\xa4' output_dir=o stopping_condition.n_samples=2"
    done = shell(line, tmp_path)
    assert done.returncode == 2
    assert b"input_dir=no\\udcfft\\xe4: expected text in UTF-8" in done.stderr
    assert done.stderr.count(b"\n") == 1
    done = shell(line, tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert b"no\\udcfft\\xe4" in done.stderr
