import os
from pathlib import Path

import pytest

from configs.errors import InputError
from configs.run_settings import Named
from resources.catalog.datasets import add_dataset, store_thumbnail_suffix
from resources.stores.bucket_store import BucketStore
from selection_assets.command.preflight import _check_output, preflight, with_absolute_folders


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


def test_bypass_verify_asks_no_bucket_before_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    asked: list[str] = []
    for name in ("require_place", "require_writable"):
        monkeypatch.setattr(BucketStore, name, lambda self, name=name: asked.append(f"{name} {self.name}"))
    named: Named = {
        "datasource": {"input_dir": "s3://abc/in", "shared_dir": "s3://def/l"},
        "run_folder": {"output_dir": "s3://ghi/out"},
        "datapool": {"name": "p"},
    }
    preflight(named)
    assert asked == [
        "require_place s3://abc/in", "require_place s3://def/l", "require_writable s3://def/l/p",
        "require_writable s3://ghi/out",
    ]  # fmt: skip
    asked.clear()
    preflight({**named, "input_samples": {"bypass_verify": True}})
    assert asked == []


def test_a_lightly_place_is_tried_where_thumbnails_are_written_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    tried: list[str] = []
    monkeypatch.setattr(BucketStore, "require_place", lambda _: None)
    monkeypatch.setattr(BucketStore, "require_writable", lambda self: tried.append(self.name))
    named: Named = {
        "datasource": {"input_dir": "s3://abc/in", "shared_dir": "s3://def/l"},
        "run_folder": {"output_dir": str(tmp_path)},
    }
    add_dataset("cats", named)
    for suffix, samples, expected in (
        ("", {}, []),
        (".lightly/x/[filename]", {}, ["s3://def/l"]),
        (".lightly/x/[filename]", {"bypass_verify": True}, []),
    ):
        store_thumbnail_suffix("cats", suffix)
        tried.clear()
        preflight({**named, "input_samples": samples}, "cats")
        assert tried == expected
    preflight(named, "another")
    preflight({**named, "datasource": {"input_dir": "s3://abc/in"}}, "cats")
    assert tried == []
