import multiprocessing
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from configs.credentials.s3 import S3Credentials
from configs.errors import InputError
from resources.catalog.database import catalog_transaction
from resources.catalog.datasets import (
    add_dataset,
    add_missing,
    all_datasets,
    credentials_for,
    find_dataset,
    remove_datasets,
    store_credentials,
    store_settings,
    store_thumbnail_suffix,
    thumbnail_suffix_of,
)

SETTINGS = {"datasource": {"input_dir": "s3://b/ä"}, "selected_samples": {"stopping_condition": {"n_samples": 0.3}}}
PAIR = S3Credentials(access_key="AKIA1234", secret_access_key=SecretStr("very/secret+1"), region="eu-west-1")


@pytest.mark.usefixtures("catalog")
def test_a_dataset_comes_back_as_it_was_stored() -> None:
    assert all_datasets() == [] and find_dataset("a") is None
    before = datetime.now(UTC)
    add_dataset("b", SETTINGS, "images")
    add_dataset("a", {}, "images")
    store_credentials("b", "INPUT", "s3://b", PAIR)
    first, second = all_datasets()
    assert (first.name, first.settings, first.places) == ("a", {}, {})
    assert (second.name, second.type, second.settings) == ("b", "images", SETTINGS)
    assert second.places == {"INPUT": "s3://b"}
    assert find_dataset("b") == second
    created = second.created if second.created.tzinfo else second.created.replace(tzinfo=UTC)
    assert before - timedelta(seconds=1) <= created <= datetime.now(UTC) and second.changed == second.created


@pytest.mark.usefixtures("catalog")
def test_a_name_belongs_to_one_dataset() -> None:
    add_dataset("a", SETTINGS)
    with pytest.raises(InputError, match=r"^dataset a exists already; use winnow datasets edit a, or another name$"):
        add_dataset("a", {"selected_samples": {"seed": 1}})
    assert (found := find_dataset("a")) and found.settings == SETTINGS
    add_missing(["new", "a"])
    assert (found := find_dataset("a")) and found.settings == SETTINGS
    add_dataset("new", SETTINGS)  # a partition of the UI gets its settings
    assert (found := find_dataset("new")) and found.settings == SETTINGS


@pytest.mark.usefixtures("catalog")
def test_settings_are_replaced() -> None:
    store_settings("a", SETTINGS)
    store_settings("b", SETTINGS)
    store_settings("a", {"selected_samples": {"seed": 3}})
    assert [each.settings for each in all_datasets()] == [{"selected_samples": {"seed": 3}}, SETTINGS]
    first = all_datasets()[0]
    assert first.changed > first.created


@pytest.mark.usefixtures("catalog")
def test_where_thumbnails_are_written() -> None:
    add_dataset("a", SETTINGS)
    store_settings("run", SETTINGS)
    assert [each.thumbnail_suffix for each in all_datasets()] == [None, None]
    store_thumbnail_suffix("a", ".lightly/ä/[filename]")
    assert (found := find_dataset("a")) and found.thumbnail_suffix == ".lightly/ä/[filename]"
    store_settings("a", {"selected_samples": {"seed": 3}})  # as a run of the command does
    assert [thumbnail_suffix_of(name) for name in ("a", "run", "none")] == [".lightly/ä/[filename]", "", ""]
    store_thumbnail_suffix("a", "")
    assert (found := find_dataset("a")) and found.thumbnail_suffix == ""


@pytest.mark.usefixtures("catalog")
def test_credentials_are_those_of_one_place_of_one_dataset() -> None:
    for name in ("a", "b"):
        add_dataset(name, SETTINGS)
    store_credentials("a", "INPUT", "s3://one", PAIR)
    assert credentials_for("a", "INPUT", "s3://one") == PAIR
    for other in (("a", "INPUT", "s3://two"), ("a", "LIGHTLY", "s3://one"), ("b", "INPUT", "s3://one")):
        assert credentials_for(*other) is None  # type: ignore[arg-type]
    changed = PAIR.model_copy(update={"access_key": "AKIA5678"})
    store_credentials("a", "INPUT", "s3://two", changed)
    assert credentials_for("a", "INPUT", "s3://one") is None
    assert credentials_for("a", "INPUT", "s3://two") == changed
    store_credentials("a", "INPUT", "s3://two", None)
    assert credentials_for("a", "INPUT", "s3://two") is None


@pytest.mark.usefixtures("catalog")
def test_what_is_removed_is_gone_with_its_credentials() -> None:
    for name in ("a", "b"):
        add_dataset(name, SETTINGS)
        store_credentials(name, "INPUT", "s3://one", PAIR)
    remove_datasets(["a", "unknown"])
    assert [each.name for each in all_datasets()] == ["b"]
    add_dataset("a", SETTINGS)
    assert credentials_for("a", "INPUT", "s3://one") is None
    assert credentials_for("b", "INPUT", "s3://one") == PAIR


def test_no_secret_lies_in_the_database(catalog: str, home: Path) -> None:
    add_dataset("a", SETTINGS)
    store_credentials("a", "INPUT", "s3://one", PAIR)
    with catalog_transaction() as connection:
        rows = str(connection.execute(text("SELECT * FROM winnow_credentials")).all())
    assert "s3://one" in rows and "very/secret" not in rows and "AKIA" not in rows
    if catalog.startswith("sqlite"):
        content = b"".join(path.read_bytes() for path in home.glob("catalog.db*"))
        assert b"s3://one" in content and b"very/secret" not in content


@pytest.mark.usefixtures("catalog")
def test_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.fernet import Fernet

    old, new = (Fernet.generate_key().decode() for _ in range(2))
    add_dataset("a", SETTINGS)
    monkeypatch.setenv("WINNOW_SECRET_KEY", old)
    store_credentials("a", "INPUT", "s3://one", PAIR)
    monkeypatch.setenv("WINNOW_SECRET_KEY", new)
    with pytest.raises(
        InputError, match=r"^dataset a: its credentials were sealed with another key; set WINNOW_SECRET_"
    ):
        credentials_for("a", "INPUT", "s3://one")
    monkeypatch.setenv("WINNOW_SECRET_KEY", f"{new}, {old}")
    assert credentials_for("a", "INPUT", "s3://one") == PAIR


def add_fifty(home: str, number: int) -> None:
    os.environ["DAGSTER_HOME"] = home
    for place in range(50):
        add_dataset(f"{number}-{place}", SETTINGS)
        store_settings("common", {"selected_samples": {"seed": number}})


@pytest.mark.usefixtures("catalog")
def test_first_writers_at_once_lose_nothing(home: Path) -> None:
    """Four processes find no tables, and write as fast as they can."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=add_fifty, args=(str(home), number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 4
    names = {f"{number}-{place}" for number in range(4) for place in range(50)}
    assert {each.name for each in all_datasets()} == {*names, "common"}
