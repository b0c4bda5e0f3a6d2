import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from configs.errors import InputError
from resources.catalog import database
from resources.catalog.database import catalog_transaction, migrate
from resources.catalog.datasets import add_dataset, all_datasets
from resources.catalog.schema import HEAD, METADATA, VERSION_TABLE


def test_migrations_make_the_same_tables(catalog: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = database._engine(catalog)
    with engine.begin() as connection:
        migrate(connection)
    with engine.begin() as connection:
        assert database._version(connection) == HEAD
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: kind != "table" or str(name) in METADATA.tables},
        )
        assert compare_metadata(context, METADATA) == []
        columns = {
            name: [
                (each["name"], str(each["type"]), each["nullable"]) for each in inspect(connection).get_columns(name)
            ]
            for name in METADATA.tables
        }
        for name in (*reversed(METADATA.sorted_tables), VERSION_TABLE):
            connection.execute(text(f"DROP TABLE {name}"))
    database._prepare.cache_clear()
    with catalog_transaction() as connection:
        assert database._version(connection) == HEAD
        for name, expected in columns.items():
            found = inspect(connection).get_columns(name)
            assert [(each["name"], str(each["type"]), each["nullable"]) for each in found] == expected


def test_datasets_of_an_earlier_version_stay_as_they_were(catalog: str) -> None:
    """The tables of 0003 with a dataset in them; nobody has said anything about its thumbnails."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "resources.catalog:migrations")
    with database._engine(catalog).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.execute(
            text(
                "INSERT INTO winnow_datasets (name, type, settings, created, changed) "
                "VALUES ('a', 'images', '{\"x\": {}}', '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
            )
        )
    (found,) = all_datasets()
    assert (found.name, found.settings, found.thumbnail_suffix) == ("a", {"x": {}}, None)
    with catalog_transaction() as connection:
        assert database._version(connection) == HEAD


def test_the_newest_migration_is_known() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "resources.catalog:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_tables_of_a_newer_version(catalog: str) -> None:
    add_dataset("a", {})
    with catalog_transaction() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    database._prepare.cache_clear()
    with pytest.raises(InputError, match=r"made by a newer version of Winnow \(its tables have version 9999") as error:
        all_datasets()
    assert "pass" not in str(error.value)


def test_a_transaction_that_fails_leaves_nothing(catalog: str) -> None:
    def add_and_fail() -> None:
        with catalog_transaction() as connection:
            connection.execute(
                text(
                    "INSERT INTO winnow_datasets (name, type, settings, created, changed) "
                    "VALUES ('a', 'images', '{}', '2026-01-01 00:00', '2026-01-01 00:00')"
                )
            )
            raise LookupError

    with pytest.raises(LookupError):
        add_and_fail()
    assert all_datasets() == []


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\0" + b"\7" * 5000])
def test_a_damaged_file(home: Path, content: bytes) -> None:
    home.mkdir(exist_ok=True)
    (home / "catalog.db").write_bytes(content)
    with pytest.raises(InputError, match=rf"^{home}/catalog\.db: damaged \(.*\); move it away, and a new one is made"):
        all_datasets()


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_written_to(home: Path) -> None:
    all_datasets()
    (home / "catalog.db").chmod(0o400)
    with pytest.raises(InputError, match=r"catalog\.db: .*readonly.*; make its folder and its files writable"):
        add_dataset("a", {})


def test_a_file_that_somebody_holds(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    all_datasets()
    database._engine.cache_clear()
    database._prepare.cache_clear()
    with sqlite3.connect(home / "catalog.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            InputError, match=r"catalog\.db: in use by another process for too long \(.*locked\); run again"
        ):
            all_datasets()
        other.execute("ROLLBACK")
    database._engine.cache_clear()
    assert all_datasets() == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://u:secret@h/d", r"^WINNOW_DATABASE_URL: mysql is not supported; use postgresql://user@host/database$"),
        ("secret", r"^WINNOW_DATABASE_URL is no address of a database; write postgresql://"),
        ("nosuch+driver://u:secret@h/d", r"^WINNOW_DATABASE_URL"),
        (
            "postgresql://u:secret@127.0.0.1:9/d",
            r"^postgresql\+psycopg2://u:\*\*\*@127\.0\.0\.1:9/d: .*refused.*; check WINNOW_DATABASE_URL",
        ),
    ],
)
def test_addresses_that_lead_nowhere(monkeypatch: pytest.MonkeyPatch, url: str, message: str) -> None:
    monkeypatch.setenv("WINNOW_DATABASE_URL", url)
    with pytest.raises(InputError, match=message) as error:
        all_datasets()
    assert "secret" not in str(error.value)


def test_a_wrong_password(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_DATABASE_URL", postgres_url.replace("word", "w0rd"))
    with pytest.raises(InputError, match=r": .*password authentication failed.*; check WINNOW_DATABASE_URL") as error:
        all_datasets()
    assert "w0rd" not in str(error.value)


def test_dagsters_tables_are_left_alone(postgres_url: str, catalog: str) -> None:
    """In production both live in one database, each with a version of its own."""
    if catalog != postgres_url:
        pytest.skip("PostgreSQL only")
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of Dagster')"))
    try:
        add_dataset("a", {})
        with engine.begin() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "of Dagster"
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE alembic_version"))
