"""A bucket that others write to while a run reads it: what becomes of each object, in this run and the next."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from resources.catalog.processed_files import ProcessedFiles
from tests.assets.conftest import DATASET, Alone, Made
from tests.assets.small_tables import draw, sha256
from tests.resources.stores.fault_proxy import FaultProxy, cut, fault_proxy, meanwhile, refusal
from tests.resources.stores.s3_servers import boto3_client, environment, moto


class Bucket:
    """Pictures in a bucket, behind a proxy; `put` and `remove` go past it."""

    def __init__(self, server: str, proxy: FaultProxy, folder: Path, alone: Alone) -> None:
        self.proxy, self._folder, self._alone = proxy, folder, alone
        self._name, self._client = f"bucket-{uuid4().hex[:8]}", boto3_client(server)
        self._client.create_bucket(Bucket=self._name)

    def put(self, name: str, seed: int) -> str:
        """A picture of its own for each seed; returns the hash of its content."""
        path = draw(self._folder / f"{seed}.png", seed=seed)
        self._client.put_object(Bucket=self._name, Key=f"in/{name}", Body=path.read_bytes())
        return sha256(path)

    def put_text(self, name: str) -> None:
        self._client.put_object(Bucket=self._name, Key=f"in/{name}", Body=b"no picture")

    def remove(self, name: str) -> None:
        self._client.delete_object(Bucket=self._name, Key=f"in/{name}")

    def step(self, step: str) -> Made:
        return self._alone(step, datasource={"input_dir": f"s3://{self._name}/in"})

    def fault(self, step: str) -> str:
        return self._alone.fault(step, datasource={"input_dir": f"s3://{self._name}/in"})

    def listed(self) -> list[str]:
        """What a run takes that begins now."""
        tables = self.step("input_samples").tables
        return list(tables["input_samples"].frame["filename"]) if tables else []

    def checked(self) -> dict[str, tuple[Any, ...]]:
        """Hash and reason by name, of what the run that listed last finds."""
        frame = self.step("checked_samples").tables["checked_samples"].frame
        return {
            name: (key and key[-64:], reason) for name, key, reason in frame["filename", "content_key", "reason"].rows()
        }


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def bucket(server: str, alone: Alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setattr("resources.stores.s3_client.RETRIES", {"max_retries": 2})
    with fault_proxy(server) as proxy:
        for key, value in environment(proxy.url).items():
            monkeypatch.setenv(key, value)
        yield Bucket(server, proxy, tmp_path / "drawn", alone)


def test_what_is_removed_or_overwritten_between_listing_and_reading(bucket: Bucket) -> None:
    """One sample each; the others go on, and the next run takes what is there then."""
    hashes = {name: bucket.put(name, seed) for seed, name in enumerate(("a.png", "gone.png", "new.png", "text.png"))}
    assert bucket.listed() == list(hashes)
    bucket.remove("gone.png")
    new = bucket.put("new.png", 7)
    bucket.put_text("text.png")
    found = bucket.checked()
    assert found["a.png"] == (hashes["a.png"], None)
    assert found["gone.png"][0] is None and found["gone.png"][1].startswith("cannot be read: no such object in s3://")
    assert found["new.png"] == (new, None)  # as it is read, whole
    assert found["text.png"][1] is not None
    made = bucket.step("processed_files")
    assert made.metadata["processed_files"]["could_not_be_read"] == 1
    assert sorted(ProcessedFiles(DATASET).table()["source"]) == ["a.png", "new.png", "text.png"]
    bucket.put("gone.png", 8)
    assert bucket.listed() == ["gone.png", "new.png", "text.png"]  # known as they were listed
    bucket.checked()
    bucket.step("processed_files")
    assert bucket.listed() == []


def test_what_is_removed_or_overwritten_while_it_is_read(bucket: Bucket) -> None:
    hashes = {name: bucket.put(name, seed) for seed, name in enumerate(("a.png", "gone.png", "new.png"))}
    assert bucket.listed() == list(hashes)
    new: list[str] = []
    for name, act in (
        ("gone", partial(bucket.remove, "gone.png")),
        ("new", lambda: new.append(bucket.put("new.png", 7))),
    ):
        bucket.proxy.plan(cut(), method="GET", key=f"{name}.png$", times=1)
        bucket.proxy.plan(meanwhile(act), method="GET", key=f"{name}.png$", times=1, after=1)
    found = bucket.checked()
    assert found["a.png"] == (hashes["a.png"], None)
    assert found["gone.png"][0] is None and found["gone.png"][1].startswith("cannot be read: no such object in s3://")
    assert [found["new.png"]] == [(key, None) for key in new]
    bucket.step("processed_files")
    assert bucket.listed() == ["new.png"]


def test_an_object_that_may_not_be_read_is_one_sample(bucket: Bucket) -> None:
    for seed, name in enumerate(("a.png", "b.png")):
        bucket.put(name, seed)
    assert bucket.listed() == ["a.png", "b.png"]
    bucket.proxy.plan(refusal(403, "AccessDenied"), key="b.png$")
    assert bucket.checked()["b.png"] == (None, "cannot be read: access denied (s3:GetObject)")
    bucket.step("processed_files")
    bucket.proxy.clear()
    assert bucket.listed() == ["b.png"]


def test_credentials_that_expire_in_the_middle_end_the_run_and_nothing_is_lost(bucket: Bucket) -> None:
    hashes = {f"{seed}.png": bucket.put(f"{seed}.png", seed) for seed in range(6)}
    assert bucket.listed() == list(hashes)
    bucket.proxy.plan(refusal(400, "ExpiredToken"), after=3)
    assert bucket.fault("checked_samples").endswith(
        "/in: the credentials have expired; renew them and run again: what was done is kept"
    )
    bucket.proxy.clear()
    assert bucket.listed() == list(hashes)
    assert bucket.checked() == {name: (key, None) for name, key in hashes.items()}
    bucket.step("processed_files")
    assert bucket.listed() == []
