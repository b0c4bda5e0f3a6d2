"""Local folders; buckets are in test_datasets.py."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from resources.catalog.datasets import Dataset
from resources.stores.local_store import LocalStore
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
    assert dataset_access(dataset(input_dir=tmp_path)) == {("INPUT", "list"): "", ("INPUT", "read"): ""}
    gone = tmp_path / "gone"
    for purpose, key in (("INPUT", "input_dir"), ("LIGHTLY", "shared_dir")):
        message = f"{key}={gone}: No such file or directory; check the path (in a container: the volume mapping)"
        assert dataset_access(dataset(**{key: gone})) == {(purpose, "list"): message}


def test_the_first_picture_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")

    def refused(*_: object) -> bytes:
        raise PermissionError("access denied")

    monkeypatch.setattr(LocalStore, "head", refused)
    assert dataset_access(dataset(input_dir=tmp_path)) == {
        ("INPUT", "list"): "",
        ("INPUT", "read"): "a.jpg: access denied",
    }


def test_a_folder_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, asked: not asked & os.W_OK and access(path, asked))
    message = (
        f"{tmp_path} cannot be written to; make it writable (in a container: mount it without :ro), or choose another "
        "place"
    )
    assert dataset_access(dataset(shared_dir=tmp_path)) == {
        ("LIGHTLY", "list"): "",
        ("LIGHTLY", "read"): "",
        ("LIGHTLY", "write"): message,
    }
