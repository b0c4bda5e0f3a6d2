from pathlib import Path

import pytest

from configs.errors import InputError
from selection_assets.command.preflight import with_absolute_folders


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


def test_the_home_folder_of_nobody() -> None:
    with pytest.raises(InputError, match=r"^input_dir=~no-such-user/x: the home folder is not known; give the path"):
        with_absolute_folders({"datasource": {"input_dir": "~no-such-user/x"}})
