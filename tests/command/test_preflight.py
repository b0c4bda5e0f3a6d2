import os
from pathlib import Path

import pytest

from configs.errors import InputError
from selection_assets.command.preflight import _check_output, with_absolute_folders


def test_folders_become_absolute_and_nothing_else_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    named = {
        "datasource": {"input_dir": "a/b", "shared_dir": "~/s"},
        "run_folder": {"output_dir": "/out", "run_directory": "r"},
        "input_samples": {"embeddings": "a/e.csv"},
    }
    assert with_absolute_folders(named) == {
        "datasource": {"input_dir": f"{tmp_path}/a/b", "shared_dir": "/home/somebody/s"},
        "run_folder": {"output_dir": "/out", "run_directory": "r"},
        "input_samples": {"embeddings": "a/e.csv"},
    }


def test_where_results_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Path, int]] = []
    monkeypatch.setattr(os, "access", lambda path, rights: asked.append((path, rights)) or True)
    (tmp_path / "file").touch()
    _check_output(f"{tmp_path}/new/folder", "d")
    _check_output(str(tmp_path), "d")
    assert asked == [(tmp_path, os.W_OK | os.X_OK)] * 2
    for output in (f"{tmp_path}/file", f"{tmp_path}/file/below"):
        with pytest.raises(InputError, match=f"^output_dir={output}: {tmp_path}/file is not a folder; choose another"):
            _check_output(output, "d")
    monkeypatch.setattr(os, "access", lambda path, rights: False)
    with pytest.raises(InputError, match=rf"^output_dir={tmp_path}/new: {tmp_path} cannot be written to; make it wri"):
        _check_output(f"{tmp_path}/new", "d")


def test_the_home_folder_of_nobody() -> None:
    with pytest.raises(InputError, match=r"^input_dir=~no-such-user/x: the home folder is not known; give the path"):
        with_absolute_folders({"datasource": {"input_dir": "~no-such-user/x"}})
