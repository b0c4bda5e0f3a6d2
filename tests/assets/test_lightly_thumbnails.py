"""Thumbnails in the LIGHTLY place, whatever kind of place it is."""

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import polars as pl
import pytest
from PIL import Image

from configs.thumbnail_suffix import DEFAULT
from resources.catalog.datasets import store_thumbnail_suffix
from resources.datasource import store_at
from resources.stores.store import Store
from tests.assets.conftest import DATASET, Alone, Made
from tests.assets.small_tables import draw
from tests.resources.stores import azure_server, gcs_server
from tests.resources.stores.azure_server import azurite, create_container, sas
from tests.resources.stores.fault_proxy import FaultProxy, fault_proxy, refusal
from tests.resources.stores.gcs_signatures import service_account
from tests.resources.stores.s3_servers import boto3_client, environment, moto

NAMES = ["a/wide.png", "a/wide.jpg", "b/tall.jpg", "small.png"]
SIZES = [(400, 300), (300, 200), (150, 450), (50, 40)]
KEYS = [
    ".lightly/thumbnails/a/wide_thumb.png", ".lightly/thumbnails/a/wide_thumb.jpg",
    ".lightly/thumbnails/b/tall_thumb.jpg", ".lightly/thumbnails/small_thumb.png",
]  # fmt: skip
Variables = Callable[[dict[str, str]], None]


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> Variables:
    return lambda found: [monkeypatch.setenv(*each) for each in found.items()] and None


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def proxy(s3_server: str, variables: Variables, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    monkeypatch.setattr("resources.stores.s3_client.RETRIES", {"max_retries": 2})
    with fault_proxy(s3_server) as found:
        variables(environment(found.url))
        yield found


@pytest.fixture
def s3(s3_server: str, proxy: FaultProxy) -> str:
    name = f"bucket-{uuid4().hex[:8]}"
    boto3_client(s3_server).create_bucket(Bucket=name)
    return f"s3://{name}/some folder"


@pytest.fixture
def gs(tmp_path: Path, variables: Variables) -> Iterator[str]:
    with gcs_server.fake_gcs() as gcs:
        gcs.buckets["lightly"] = {}
        (tmp_path / "key.json").write_text(json.dumps(service_account(gcs.url)), encoding="utf-8")
        variables({"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "key.json")})
        yield "gs://lightly/some folder"


@pytest.fixture
def az(tmp_path: Path, variables: Variables) -> Iterator[str]:
    (tmp_path / "azurite").mkdir()
    with azurite(tmp_path / "azurite") as url:
        create_container(url, "lightly")
        variables(azure_server.environment(url, sas("lightly")))
        yield "az://lightly/some folder"


@pytest.fixture
def folder(alone: Alone) -> str:
    return str(alone.shared)


def written(alone: Alone, place: str) -> Made:
    return alone("lightly_thumbnails", datasource={"input_dir": str(alone.input), "shared_dir": place})


def checked(alone: Alone, suffix: str = DEFAULT) -> None:
    """The pictures are there and checked; the dataset has a name for its thumbnails."""
    for seed, (name, size) in enumerate(zip(NAMES, SIZES, strict=True)):
        draw(alone.input / name, *size, seed=seed)
    (alone.input / "a/broken.png").write_bytes(b"no picture")
    (alone.shared / "all.txt").write_text("a/*\nb/*\nsmall.png\n")  # those of sub-folders, and one beside them
    alone("input_samples", input_samples={"relevant_filenames_file": "all.txt", "process_all": True})
    alone("checked_samples")
    store_thumbnail_suffix(DATASET, suffix)


def objects(place: str) -> dict[str, bytes]:
    store: Store = store_at("shared_dir", place, DATASET, "LIGHTLY")
    return {each.key: store.get(each.key, 10**6) for each in store.list(".lightly/")}


@pytest.mark.parametrize("kind", ["folder", "s3", "gs", "az"])
def test_every_healthy_sample_has_one_in_its_place(alone: Alone, request: pytest.FixtureRequest, kind: str) -> None:
    place = request.getfixturevalue(kind)
    checked(alone)
    made = written(alone, place)
    assert sorted(made.tables["lightly_thumbnails"].frame.rows()) == sorted(zip(NAMES, KEYS, strict=True))
    found = objects(place)
    assert found.keys() == set(KEYS)
    for name, key in zip(NAMES, KEYS, strict=True):
        ours, theirs = Image.open(io.BytesIO(found[key])), Image.open(alone.input / name)
        theirs.thumbnail((128, 128), Image.Resampling.BILINEAR)
        assert (ours.format, ours.size) == ("JPEG", theirs.size)
        difference = np.asarray(ours, float) - np.asarray(theirs.convert("RGB"), float)
        assert np.abs(difference).mean() < 6
    assert {name: made.metadata["lightly_thumbnails"][name] for name in ("put", "there_before", "without")} == {
        "put": 4, "there_before": 0, "without": 0,
    }  # fmt: skip
    again = written(alone, place)
    assert (again.metadata["lightly_thumbnails"]["put"], again.metadata["lightly_thumbnails"]["there_before"]) == (0, 4)
    assert again.versions == made.versions and objects(place) == found
    store: Store = store_at("shared_dir", place, DATASET, "LIGHTLY")
    store.remove(KEYS[0])
    store.put(KEYS[1], b"of somebody else")
    assert written(alone, place).metadata["lightly_thumbnails"]["put"] == 2
    assert objects(place) == found


def test_a_second_run_puts_nothing(alone: Alone, s3: str, proxy: FaultProxy) -> None:
    checked(alone)
    written(alone, s3)
    assert proxy.count("PUT", r"some folder/\.lightly/thumbnails/") == 4
    assert (proxy.count("PUT"), proxy.count("GET")) == (4, 0)
    proxy.clear()
    written(alone, s3)
    assert (proxy.count("PUT"), proxy.count("HEAD"), proxy.count("GET")) == (0, 0, 1)  # the listing


@pytest.mark.parametrize("suffix", ["", None])
def test_a_dataset_without_a_name_for_them_has_none(alone: Alone, suffix: str | None) -> None:
    checked(alone)
    store_thumbnail_suffix(DATASET, suffix)
    made = written(alone, str(alone.shared))
    assert made.tables["lightly_thumbnails"].frame.schema == {"filename": pl.String, "written_as": pl.String}
    assert made.tables["lightly_thumbnails"].frame.is_empty() and made.metadata["lightly_thumbnails"]["put"] == 0
    assert objects(str(alone.shared)) == {}


def test_a_run_without_a_lightly_place_writes_none(alone: Alone) -> None:
    checked(alone)
    assert written(alone, "").tables["lightly_thumbnails"].frame.is_empty()
    assert [path.name for path in alone.home.parent.rglob(".lightly")] == []


def test_a_place_that_may_not_be_written_to_ends_the_run(alone: Alone, s3: str, proxy: FaultProxy) -> None:
    checked(alone)
    proxy.plan(refusal(403, "AccessDenied"), method="PUT")
    fault = alone.fault("lightly_thumbnails", datasource={"input_dir": str(alone.input), "shared_dir": s3})
    assert re.fullmatch(rf"{s3}: access denied; allow s3:PutObject there", fault)
    proxy.clear()
    assert written(alone, s3).metadata["lightly_thumbnails"]["put"] == 4


def test_a_server_that_fails_for_a_while_is_asked_again(alone: Alone, s3: str, proxy: FaultProxy) -> None:
    checked(alone)
    proxy.plan(refusal(503, "SlowDown"), method="PUT", times=2)
    assert written(alone, s3).metadata["lightly_thumbnails"]["put"] == 4
    assert objects(s3).keys() == set(KEYS)


def test_after_an_error_the_next_run_puts_the_rest(alone: Alone, s3: str, proxy: FaultProxy) -> None:
    checked(alone)
    proxy.plan(refusal(403, "AccessDenied"), method="PUT", key="tall")
    alone.fault("lightly_thumbnails", datasource={"input_dir": str(alone.input), "shared_dir": s3})
    done = proxy.count("PUT") - proxy.count("PUT", "tall")
    for data in objects(s3).values():
        Image.open(io.BytesIO(data)).load()
    proxy.clear()
    made = written(alone, s3)
    assert proxy.count("PUT") <= 4 and made.metadata["lightly_thumbnails"]["put"] >= 4 - done
    assert objects(s3).keys() == set(KEYS)


def test_a_folder_that_is_gone(alone: Alone) -> None:
    checked(alone)
    gone = f"{alone.shared}/gone"
    fault = alone.fault("lightly_thumbnails", datasource={"input_dir": str(alone.input), "shared_dir": gone})
    assert fault.startswith(f"shared_dir={gone}: No such file or directory; check the path")


def test_names_that_share_a_thumbnail(alone: Alone) -> None:
    checked(alone, ".lightly/small/[filename].jpg")
    made = written(alone, str(alone.shared))
    assert dict(made.tables["lightly_thumbnails"].frame.rows()) == {
        "a/wide.jpg": ".lightly/small/a/wide.jpg",
        "b/tall.jpg": ".lightly/small/b/tall.jpg",
        "small.png": ".lightly/small/small.jpg",
    }
    assert made.metadata["lightly_thumbnails"]["without"] == 1
