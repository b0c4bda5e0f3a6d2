"""Tables in a bucket of every kind, on small servers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from dagster import build_input_context, build_output_context
from upath import UPath

from configs.errors import InputError
from resources.dataset_files import mirror_partitions
from resources.dataset_settings import store_settings
from resources.stores.bucket_store import BucketStore
from resources.stores.location import bucket_location
from resources.table_place import table_files, table_place
from resources.tables import Table, TableIOManager, read_table
from tests.resources.stores import azure_server, s3_servers
from tests.resources.stores.gcs_server import fake_gcs
from tests.resources.stores.gcs_signatures import service_account
from tests.resources.test_tables import FRAME

URL = "WINNOW_TABLES_URL"
TABLE = Table(FRAME, {"goals": [{"reached": 1.5}]}, {"seconds": 0.25})
Opened = tuple[str, dict[str, str]]


@pytest.fixture(scope="module", params=["moto", "rclone", "gcs", "azure"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """An empty bucket, and the variables that open it."""
    name, folder = f"bucket-{uuid4().hex[:8]}", tmp_path_factory.mktemp("buckets")
    if request.param == "moto":
        with s3_servers.moto() as url:
            s3_servers.boto3_client(url).create_bucket(Bucket=name)
            yield f"s3://{name}", s3_servers.environment(url)
    elif request.param == "rclone":
        (folder / name).mkdir()
        with s3_servers.rclone(folder) as url:
            yield f"s3://{name}", s3_servers.environment(url)
    elif request.param == "gcs":
        with fake_gcs() as gcs:
            gcs.buckets[name] = {}
            (folder / "key.json").write_text(json.dumps(service_account(gcs.url)), encoding="utf-8")
            yield f"gs://{name}", {"GOOGLE_APPLICATION_CREDENTIALS": str(folder / "key.json")}
    else:
        with azure_server.azurite(folder) as url:
            azure_server.create_container(url, name)
            yield f"az://{name}", azure_server.environment(url, azure_server.sas(name))


@pytest.fixture
def place(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> str:
    """A new folder in the bucket, where tables are to lie."""
    url = f"{opened[0]}/{uuid4().hex[:8]}/tables"
    for key, value in {**opened[1], URL: url}.items():
        monkeypatch.setenv(key, value)
    return url


def store_of(place: str) -> BucketStore:
    location = bucket_location(URL, place)
    assert location is not None
    return BucketStore(location)


def write(asset: str, dataset: str, table: Table = TABLE) -> dict[str, Any]:
    context = build_output_context(asset_key=asset, partition_key=dataset)
    TableIOManager(base_path=table_place()).handle_output(context, table)
    return dict(context.consume_logged_metadata())


def read(asset: str, dataset: str) -> Table:
    manager = TableIOManager(base_path=table_place())
    context = build_input_context(asset_key=asset, partition_key=dataset)
    found: Table = manager.load_from_path(context, table_place() / asset / f"{dataset}.parquet")
    return found


def test_a_table_comes_back_from_a_bucket(place: str, tmp_path: Path) -> None:
    about = write("made", "shapes")
    assert about["dagster/uri"].value == f"{place}/made/shapes.parquet"
    assert [each.key for each in store_of(place).list()] == ["made/shapes.parquet"]
    (tmp_path / "copy.parquet").write_bytes(store_of(place).get("made/shapes.parquet", 1 << 20))
    for found in (read("made", "shapes"), read_table(tmp_path / "copy.parquet")):
        assert found.frame.equals(FRAME)
        assert (found.facts, found.figures, found.digest()) == (TABLE.facts, TABLE.figures, TABLE.digest())
    write("made", "shapes", Table(FRAME[:1]))
    assert read("made", "shapes").frame.equals(FRAME[:1])
    assert not (tmp_path / "home" / "tables").exists()


def test_a_table_that_cannot_be_written_whole_leaves_the_old_one(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write("made", "shapes")

    def half(_: object, file: Path, **__: object) -> None:
        file.write_bytes(b"PAR1 and no more")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("polars.DataFrame.write_parquet", half)
    with pytest.raises(InputError, match="the disk is full; free some space in"):
        write("made", "shapes", Table(FRAME[:1]))
    assert read("made", "shapes").frame.equals(FRAME)


def test_deleted_datasets_leave_no_table(place: str) -> None:
    for dataset in ("kept", "gone", "gone.too"):
        store_settings(dataset, {"selected_samples": {"seed": 1}})
        for asset in ("embeddings", "report"):
            write(asset, dataset)
    assert mirror_partitions(lambda: ["kept"]) == ["gone", "gone.too"]
    assert sorted(each.key for each in store_of(place).list()) == ["embeddings/kept.parquet", "report/kept.parquet"]
    assert mirror_partitions(lambda: ["kept"]) == []


def test_a_table_that_is_gone_or_damaged_is_one_line(place: str) -> None:
    for content, reason in ((None, "is not there"), (b"PAR1 but nothing more", "cannot be read")):
        if content:
            store_of(place).put("embeddings/shapes.parquet", content)
        with pytest.raises(InputError) as told:
            read("embeddings", "shapes")
        assert str(told.value) == (
            f"{place}/embeddings/shapes.parquet: the table of the asset embeddings {reason}; "
            "materialise this asset of the dataset again"
        )


def test_a_bucket_that_is_gone_is_one_line(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scheme = place.partition("://")[0]
    monkeypatch.setenv(URL, f"{scheme}://no-such-bucket/tables")
    store_settings("gone", {"selected_samples": {"seed": 1}})
    reason = "there is no such (bucket|container)|access denied|the SAS token"  # Azure's token is for one container
    for use in (
        lambda: write("made", "shapes"),
        lambda: read("made", "shapes"),
        lambda: table_files(table_place()),
        lambda: mirror_partitions(list),
    ):
        with pytest.raises(InputError, match=rf"^{scheme}://no-such-bucket/tables[^\n]*: ({reason})[^\n]*; [^\n]*$"):
            use()
    monkeypatch.setenv(URL, place)
    assert mirror_partitions(list) == ["gone"]  # it is tried again


def test_other_urls_are_refused_in_one_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for url, reason in {
        "ftp://host/tables": f"^{URL}=ftp://host/tables: ftp:// is no place for data; use s3://bucket/folder, ",
        "memory://tables": "memory:// is no place for data",
        "s3://key:secret@bucket/tables": f"^{URL}: a URL must not hold credentials; ",
        "s3://B/tables": "'B' is no name of a bucket; ",
    }.items():
        monkeypatch.setenv(URL, url)
        with pytest.raises(InputError, match=reason):
            table_place()


def test_by_default_and_in_a_local_folder_they_are_files(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URL, raising=False)
    assert table_place() == UPath(home / "tables")
    monkeypatch.setenv(URL, "")
    assert table_place() == UPath(home / "tables")
    monkeypatch.setenv(URL, str(tmp_path / "elsewhere"))
    about = write("made", "shapes")
    file = tmp_path / "elsewhere" / "made" / "shapes.parquet"
    assert about["dagster/uri"].value == file.as_uri()
    assert read_table(file).frame.equals(FRAME) and table_files(table_place()) == [UPath(file)]
    assert mirror_partitions(list) == ["shapes"] and not file.exists()
