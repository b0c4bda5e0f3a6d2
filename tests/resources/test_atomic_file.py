import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest

from configs.errors import InputError
from resources.atomic_file import atomic_path, umask, write_text


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.txt"
    with atomic_path(target) as temporary:
        temporary.write_text("done")
        assert not target.exists()
        assert temporary.parent == target.parent
    assert target.read_text() == "done"
    assert list(target.parent.iterdir()) == [target]


def test_a_failed_block_leaves_everything_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def write() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise ValueError

    with pytest.raises(ValueError):
        write()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


FULL = {"ENOSPC", "EDQUOT"}
FORBIDDEN = {"EACCES", "EPERM", "EROFS"}


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_which_errors_a_user_can_mend(tmp_path: Path, number: int) -> None:
    target, given = tmp_path / "a.txt", OSError(number, os.strerror(number))

    def write() -> None:
        with atomic_path(target):
            raise given

    with pytest.raises((OSError, InputError)) as caught:
        write()
    name = errno.errorcode[number]
    if name in FULL:
        expected = f"{target}: the disk is full; free some space in {tmp_path} and run again"
    elif name in FORBIDDEN:
        expected = f"{target}: cannot be written ({given.strerror}); make {tmp_path} writable"
    else:
        assert caught.value is given
        return
    assert isinstance(caught.value, InputError) and str(caught.value) == expected


@pytest.mark.parametrize("step", ["mkdir", "mkstemp", "chmod", "replace"])
def test_a_full_disk_at_any_step_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile if step == "mkstemp" else Path, step, full)
    with pytest.raises(InputError, match="the disk is full"):
        write_text(target, "new")
    monkeypatch.undo()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_text_is_utf8_with_unix_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "ü\n\r\nb")
    assert (tmp_path / "a.txt").read_bytes() == "ü\n\r\nb".encode()


def test_the_temporary_file_is_hidden_and_has_the_extension(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.parquet") as temporary:
        assert temporary.suffix == ".parquet" and temporary.name.startswith(".winnow-")


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_rights_are_those_of_any_new_file(tmp_path: Path, mask: int) -> None:
    umask.cache_clear()
    before = os.umask(mask)
    try:
        write_text(tmp_path / "a.txt", "")
        assert umask() == mask
        assert os.umask(mask) == mask  # as it was
    finally:
        os.umask(before)
        umask.cache_clear()
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o666 & ~mask
