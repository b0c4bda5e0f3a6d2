import errno
import os

import pytest

from configs.errors import InputError
from selection_assets.stages.pictures.read_errors import concerns_one_file, reading_stopped, reason_unread

OF_ONE_FILE = {
    "ENOENT", "EACCES", "EPERM", "EISDIR", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "EILSEQ", "ENXIO", "EFBIG", "EOVERFLOW",
}  # fmt: skip


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_only_errors_known_to_be_the_files_are(number: int) -> None:
    found = concerns_one_file(OSError(number, os.strerror(number)))
    assert found == (errno.errorcode[number] in OF_ONE_FILE)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError("it is not a regular file"), True),
        (FileNotFoundError("no such object"), True),
        (PermissionError("forbidden"), True),
        (IsADirectoryError("a folder"), True),
        (NotADirectoryError("a file"), True),
        (TimeoutError("slow"), False),
        (ConnectionResetError("gone"), False),
        (BrokenPipeError("gone"), False),
        (BlockingIOError("busy"), False),
    ],
)
def test_errors_without_a_number(error: OSError, expected: bool) -> None:
    assert concerns_one_file(error) == expected


def test_words_and_mends() -> None:
    gone = OSError(errno.ESTALE, "Stale file handle")
    assert reason_unread(gone) == "cannot be read: Stale file handle"
    assert reason_unread(TimeoutError()) == "cannot be read: TimeoutError"
    assert reason_unread(OSError("two\nlines")) == "cannot be read: two lines"
    stopped = reading_stopped("a/b.png", gone)
    assert isinstance(stopped, InputError)
    assert str(stopped) == (
        "a/b.png: cannot be read: Stale file handle; the disk or network share does not answer as it should: make it "
        "available and run again; if it is only this file that fails, remove the file"
    )
    assert str(reading_stopped("a.png", OSError(errno.EMFILE, "Too many open files"))) == (
        "a.png: cannot be read: Too many open files; raise the limit of open files (ulimit -n) and run again"
    )
