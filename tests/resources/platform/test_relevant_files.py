"""Names of JSON files that belong to selected pictures and videos, and what is read once."""

from pathlib import Path

import pytest

from configs.errors import InputError
from resources.platform import relevant_files as module
from resources.platform.relevant_files import RelevantFiles, relevant_files
from resources.stores.local_store import LocalStore


def test_files_about_what_is_selected() -> None:
    relevant = RelevantFiles(["a.JPG", "b/v.mp4", "c/* *.png", "d/w.x-*"], "file")
    for stem, selected in {
        "a": True, "b/v": True, "b/v-007-mp4": True, "b/v-007-avi": False, "b/v-x-mp4": False, "c/1": True, "e": False,
        "a-1-JPG": True, "d/w": False, "d/w.x-1": True,
    }.items():  # fmt: skip
        assert relevant.selects_about(stem) == selected, stem


def test_patterns_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATTERNS", 3)
    RelevantFiles(["a* b c", "a*", "b* c", "d e f g h"], "file")
    with pytest.raises(InputError, match="more than 3 patterns"):
        RelevantFiles(["a* b c", "b* d e"], "file")


def test_it_is_read_again_where_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_kept", {})
    reads: list[str] = []
    get = LocalStore.get
    monkeypatch.setattr(LocalStore, "get", lambda self, key, most: reads.append(key) or get(self, key, most))
    store = LocalStore(tmp_path)
    for name in ("a", "a", "b", "c", "a"):
        (tmp_path / name).write_text(name) if not (tmp_path / name).exists() else None
        assert relevant_files(store, name, "source").selects(name)
    assert reads == ["a", "b", "c", "a"] and len(module._kept) == module.KEPT
    relevant_files(store, "a", "another source")
    store.put("a", b"z")
    assert relevant_files(store, "a", "source").selects("z") and reads[4:] == ["a", "a"]


def test_what_is_no_such_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    (tmp_path / "large").write_bytes(b"long")
    (tmp_path / "binary").write_bytes(b"\xff")
    for name, words in (("none", "no such file"), ("large", "exceed"), ("binary", "UTF-8"), ("../x", "leads out")):
        with pytest.raises(InputError, match=words):
            relevant_files(LocalStore(tmp_path), name, "source")
