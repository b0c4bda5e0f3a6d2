"""Local folders; buckets are in test_datasets.py."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from resources.catalog.datasets import Dataset
from resources.stores.local_store import LocalStore
from selection_assets.command import dataset_access as module
from selection_assets.command.dataset_access import dataset_access


def dataset(**source: object) -> Dataset:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    named: dict[str, Any] = {"datasource": {key: str(value) for key, value in source.items()}} if source else {}
    return Dataset("a", "images", named, now, now, {})


def test_only_what_is_named_is_tried(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    of_input = {("INPUT", "list"): "", ("INPUT", "read"): ""}
    of_lightly = {("LIGHTLY", what): "" for what in ("list", "read", "write")}
    assert dataset_access(dataset()) == {}
    assert dataset_access(dataset(input_dir=tmp_path)) == of_input
    assert dataset_access(dataset(shared_dir=tmp_path)) == of_lightly
    assert dataset_access(dataset(input_dir=tmp_path, shared_dir=tmp_path)) == of_input | of_lightly


def test_a_folder_may_be_empty_for_now_but_must_be_there(tmp_path: Path) -> None:
    assert dataset_access(dataset(input_dir=tmp_path)) == {("INPUT", "list"): ""}
    gone = tmp_path / "gone"
    (found,) = dataset_access(dataset(input_dir=gone)).items()
    assert found[0] == ("INPUT", "list") and str(gone) in found[1]
    assert dataset_access(dataset(shared_dir=gone)) == {
        ("LIGHTLY", "list"): f"{gone} is no folder; make it, or mend it with winnow datasets edit"
    }


def test_the_first_picture_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")

    def refused(*_: object) -> bytes:
        raise PermissionError("access denied")

    monkeypatch.setattr(LocalStore, "head", refused)
    assert dataset_access(dataset(input_dir=tmp_path)) == {
        ("INPUT", "list"): "",
        ("INPUT", "read"): "a.jpg: access denied",
    }


def test_each_right_to_the_folder_for_results_is_told_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {"list": "entered", "read": "read", "write": "written to"}
    for what, right in (("list", os.X_OK), ("read", os.R_OK), ("write", os.W_OK)):
        monkeypatch.setattr(module.os, "access", lambda _, asked, missing=right: asked != missing)
        expected = {("LIGHTLY", each): "" for each in faults}
        expected["LIGHTLY", what] = f"{tmp_path} cannot be {faults[what]}; change its rights"
        assert dataset_access(dataset(shared_dir=tmp_path)) == expected
