"""Whether the server says that it can work, and when not."""

from pathlib import Path

import pytest
import requests

from resources.catalog import database


def test_health_follows_the_database(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = requests.get(f"{server}/healthz", timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    (tmp_path / "file").touch()
    for url in (f"sqlite:///{tmp_path}/file/catalog.db", "postgresql://winnow@127.0.0.1:1/none"):
        monkeypatch.setenv(database.URL, url)
        answer = requests.get(f"{server}/healthz", timeout=30)
        assert (answer.status_code, answer.json()) == (503, {"status": "database"})
    monkeypatch.delenv(database.URL)
    assert requests.get(f"{server}/healthz", timeout=30).status_code == 200
