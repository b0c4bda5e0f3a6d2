"""Every test of what the catalog holds runs on SQLite and on PostgreSQL."""

from tests.resources.catalog.conftest import catalog, postgres_url

__all__ = ["catalog", "postgres_url"]
