"""Every test of the catalog runs on SQLite and on PostgreSQL."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from resources.catalog import database
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
        for table in ("winnow_credentials", "winnow_processed_files", "winnow_datasets", "winnow_alembic_version"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    database._prepare.cache_clear()
