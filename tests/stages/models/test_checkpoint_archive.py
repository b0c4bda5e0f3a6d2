import io
import zipfile
from pathlib import Path

import pytest
import torch

from configs.errors import InputError
from selection_assets.stages.models import checkpoint_archive
from selection_assets.stages.models.checkpoint_archive import archive_fault, check_archive


def saved(path: Path) -> Path:
    torch.save({"state_dict": {"a": torch.arange(1000.0)}}, path)
    return path


def test_whole_files_have_no_fault(tmp_path: Path) -> None:
    assert archive_fault(saved(tmp_path / "a.ckpt")) is None
    (tmp_path / "text").write_text("no archive")
    assert archive_fault(tmp_path / "text") is None
    check_archive(tmp_path / "text")


def test_every_changed_byte_of_the_content_is_noticed(tmp_path: Path) -> None:
    """An oracle of its own: entries and their places by hand."""
    whole = saved(tmp_path / "a.ckpt").read_bytes()
    numbers = whole.index(torch.arange(1000.0).numpy().tobytes())
    for place in (numbers, numbers + 1999, numbers + 3999):
        changed = bytearray(whole)
        changed[place] ^= 1
        (tmp_path / "b.ckpt").write_bytes(changed)
        assert archive_fault(tmp_path / "b.ckpt") == (
            "is damaged (wrong checksum of its part 'a/data/0'); copy or export it again"
        )
    with pytest.raises(InputError, match=r"^checkpoint .*/b\.ckpt: is damaged \(wrong checksum"):
        check_archive(tmp_path / "b.ckpt")


def test_an_encrypted_archive(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("data.pkl", b"x")
    changed = bytearray(content.getvalue())
    changed[content.getvalue().index(b"PK\x01\x02") + 8] |= 1  # the flag "encrypted" of the central directory
    (tmp_path / "a.ckpt").write_bytes(changed)
    assert "encrypted" in str(archive_fault(tmp_path / "a.ckpt"))


def test_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.ckpt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2**20))
    size = (tmp_path / "bomb.ckpt").stat().st_size
    monkeypatch.setattr(checkpoint_archive, "MAX_BYTES", 2**20)
    assert archive_fault(tmp_path / "bomb.ckpt") is None
    monkeypatch.setattr(checkpoint_archive, "MAX_BYTES", 2**20 - 1)
    assert str(archive_fault(tmp_path / "bomb.ckpt")).startswith("unpacks to 0.0 GiB")
    monkeypatch.setattr(checkpoint_archive, "MAX_BYTES", size - 1)
    with pytest.raises(InputError, match="unpacks to"):
        check_archive(tmp_path / "bomb.ckpt")
    monkeypatch.setattr(checkpoint_archive, "MAX_ENTRIES", 0)
    monkeypatch.setattr(checkpoint_archive, "MAX_BYTES", 2**20)
    assert archive_fault(tmp_path / "bomb.ckpt") == "holds 1 entries; this is no checkpoint of a model"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.ckpt: cannot be read \(No such file or directory\)"):
        check_archive(tmp_path / "nothing.ckpt")
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        check_archive(tmp_path)


def test_sizes_are_told_in_gibibytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checkpoint_archive._too_large(9 * 2**30 + 2**29) == (
        "unpacks to 9.5 GiB, more than the 8 GiB allowed; save the weights alone (state_dict)"
    )
    with zipfile.ZipFile(tmp_path / "a.ckpt", "w") as archive:
        archive.writestr("a", b"1")
        archive.writestr("b", b"2")
    monkeypatch.setattr(checkpoint_archive, "MAX_ENTRIES", 2)
    assert archive_fault(tmp_path / "a.ckpt") is None
