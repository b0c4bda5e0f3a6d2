"""Every test of the catalog runs on SQLite and on PostgreSQL."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from resources.catalog import database
from resources.catalog.schema import METADATA, VERSION_TABLE
from tests.resources.catalog.postgres_server import postgres, programs


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="winnow-postgres-") as folder, postgres(Path(folder)) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty catalog; its URL."""
    if request.param == "sqlite":
        home.mkdir(exist_ok=True)
        yield f"sqlite:///{home}/catalog.db"
        return
    url = request.getfixturevalue("postgres_url")
    monkeypatch.setenv("WINNOW_DATABASE_URL", url)
    yield url
    engine = database._engine(url)
    with engine.begin() as connection:
        METADATA.drop_all(connection)
        connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))
    database._prepare.cache_clear()
