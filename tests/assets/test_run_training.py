import os
import time
from pathlib import Path

import pytest

from selection_assets.assets.run_training import KEPT_DAYS, state_folder


def test_trainings_that_nobody_asks_for_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    for key in ("old", "recent", "asked for again"):
        (state_folder(key) / "last.ckpt").write_bytes(b"weights")
    for key, days in (("old", KEPT_DAYS + 1), ("recent", KEPT_DAYS - 1), ("asked for again", KEPT_DAYS + 1)):
        then = time.time() - days * 86400
        os.utime(tmp_path / "training" / key, (then, then))
    assert (state_folder("asked for again") / "last.ckpt").read_bytes() == b"weights"
    assert {folder.name for folder in (tmp_path / "training").iterdir()} == {"recent", "asked for again"}
    assert (tmp_path / "training" / "recent" / "last.ckpt").exists()
