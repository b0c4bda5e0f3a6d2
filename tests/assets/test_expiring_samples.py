"""Files that their bucket is about to delete: left out, or the end of the run; and what a watcher sees of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from configs.automation import Automation
from resources.catalog.datasets import Dataset
from resources.catalog.processed_files import ProcessedFiles
from selection_assets.watching.looks import look
from selection_assets.watching.plan import Seen
from tests.assets.conftest import DATASET, Alone, Made
from tests.assets.small_tables import draw
from tests.resources.stores.fault_proxy import FaultProxy, fault_proxy, refusal
from tests.resources.stores.s3_servers import boto3_client, environment, moto

KEY = "datasource.input_expiration"
SKIP = {"min_days_to_expiration": 3, "handling_strategy": "SKIP"}
ABORT = {**SKIP, "handling_strategy": "ABORT"}


class Bucket:
    """a.png and b.png, which stay, and tmp/c.png, tmp/d.png, which a rule deletes the day after tomorrow."""

    def __init__(self, server: str, proxy: FaultProxy, folder: Path, alone: Alone) -> None:
        self.proxy, self._alone = proxy, alone
        self._name, self._client = f"bucket-{uuid4().hex[:8]}", boto3_client(server)
        self.place = f"s3://{self._name}/in"
        self._client.create_bucket(Bucket=self._name)
        for seed, name in enumerate(("a.png", "b.png", "tmp/c.png", "tmp/d.png")):
            path = draw(folder / f"{seed}.png", seed=seed)
            self._client.put_object(Bucket=self._name, Key=f"in/x/{name}", Body=path.read_bytes())
        self.rule(Filter={"Prefix": "in/x/tmp/"}, Expiration={"Days": 1})

    def rule(self, **rule: Any) -> None:
        rules = {"Rules": [{"ID": "x", "Status": "Enabled", **rule}]}
        self._client.put_bucket_lifecycle_configuration(Bucket=self._name, LifecycleConfiguration=rules)

    def without_rules(self) -> None:
        self._client.delete_bucket_lifecycle(Bucket=self._name)

    def step(self, step: str = "input_samples", asked: dict[str, Any] | None = None, **more: Any) -> Made:
        named = {"input_samples": {"input_expiration": asked or {}, **more}}
        return self._alone(step, datasource={"input_dir": self.place}, **named)

    def names(self, asked: dict[str, Any] | None = None, **more: Any) -> list[str]:
        tables = self.step("input_samples", asked, **more).tables
        return [name.removeprefix("x/") for name in tables["input_samples"].frame["filename"]] if tables else []

    def fault(self, asked: dict[str, Any] | None = None) -> str:
        named = {"input_samples": {"input_expiration": asked or {}}}
        return self._alone.fault("input_samples", datasource={"input_dir": self.place}, **named)

    def look(self, asked: dict[str, Any] | None = None) -> Seen:
        settings = {
            "datasource": {"input_dir": self.place},
            "input_samples": {"input_expiration": asked or {}},
            "run_folder": {"output_dir": "/nowhere"},
        }
        now = datetime.now(UTC)
        return look(Dataset(DATASET, "images", settings, now, now, Automation(watch=True)))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as url:
        yield url


@pytest.fixture
def bucket(server: str, alone: Alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with fault_proxy(server) as proxy:
        for key, value in environment(proxy.url).items():
            monkeypatch.setenv(key, value)
        yield Bucket(server, proxy, tmp_path / "drawn", alone)


def test_who_says_nothing_is_told_that_files_go(bucket: Bucket) -> None:
    before = datetime.now(UTC)
    line = bucket.fault()
    days = [f"{moment + timedelta(days=2):%Y-%m-%d}" for moment in (before - timedelta(minutes=5), datetime.now(UTC))]
    assert line in [
        f"{bucket.place} deletes 2 of these 4 files by rules of the bucket (x/tmp/c.png on {day}, x/tmp/d.png on "
        f"{day}); say what happens with those that are about to go: add {KEY}.min_days_to_expiration=7 and "
        f"{KEY}.handling_strategy=SKIP (or ABORT)"
        for day in days
    ]
    bucket.rule(Filter={"Prefix": "in/y/"}, Expiration={"Days": 1})  # no file of the run is there
    assert bucket.names() == ["a.png", "b.png", "tmp/c.png", "tmp/d.png"]


def test_they_are_left_out_and_stay_new(bucket: Bucket) -> None:
    made = bucket.step(asked=SKIP)
    table = made.tables["input_samples"]
    assert table.frame["filename"].to_list() == ["x/a.png", "x/b.png"]
    assert "modified_ns" not in table.frame.columns
    line = f"2 of 4 files will be deleted from {bucket.place} in less than 3 days, and are left out: x/tmp/c.png on "
    (warning,) = table.figures["step"]["warnings"]
    assert warning.startswith(line) and line in made.log
    assert table.figures["step"]["settings"]["input_expiration"] == SKIP
    assert made.metadata["input_samples"]["about_to_be_deleted"] == 2
    bucket.step("checked_samples", SKIP)
    bucket.step("processed_files", SKIP)
    assert sorted(ProcessedFiles(DATASET).table()["source"]) == ["x/a.png", "x/b.png"]
    nothing = bucket.step(asked=SKIP)
    assert nothing.tables == {} and not nothing.folder.exists()
    bucket.without_rules()
    assert bucket.names(SKIP) == ["tmp/c.png", "tmp/d.png"]


def test_those_that_go_later_are_taken(bucket: Bucket) -> None:
    everything = ["a.png", "b.png", "tmp/c.png", "tmp/d.png"]
    assert bucket.names({**SKIP, "min_days_to_expiration": 0.9}) == everything
    assert bucket.names({**ABORT, "min_days_to_expiration": 0}) == everything


def test_those_whose_time_has_come(bucket: Bucket) -> None:
    bucket.rule(Filter={"Prefix": "in/x/a"}, Expiration={"Date": "2024-05-06T00:00:00Z"})
    assert bucket.fault({**ABORT, "min_days_to_expiration": 0}) == (
        f"1 of 4 files will be deleted from {bucket.place} at any time now (x/a.png on 2024-05-06); keep them longer, "
        f"or leave them out with {KEY}.handling_strategy=SKIP"
    )


def test_the_first_one_ends_a_run_that_is_to_end(bucket: Bucket) -> None:
    assert bucket.fault(ABORT).startswith(
        f"2 of 4 files will be deleted from {bucket.place} in less than 3 days (x/tmp/c.png on "
    )
    assert bucket.look(ABORT) == bucket.look()  # a run begins, and says so


def test_files_that_earlier_runs_have_processed_end_no_run(bucket: Bucket) -> None:
    bucket.without_rules()
    bucket.step()
    bucket.step("checked_samples")
    bucket.step("processed_files")
    bucket.rule(Filter={"Prefix": ""}, Expiration={"Days": 1})
    bucket.proxy.clear()
    assert bucket.names(ABORT) == bucket.names() == []
    assert bucket.proxy.count("GET", "^$") == 2  # two listings: without new files rules are not asked for
    assert bucket.names(SKIP, process_all=True) == []


def test_a_watcher_sees_what_a_run_will_take(bucket: Bucket) -> None:
    everything = bucket.look()
    assert everything.files == 4
    lasting = bucket.look(SKIP)
    assert lasting.files == 2 and lasting.digest != everything.digest
    bucket.rule(Filter={"Prefix": "in/"}, Expiration={"Days": 1})
    assert bucket.look(SKIP) == Seen()
    assert bucket.names(SKIP) == []


@pytest.mark.parametrize("asked", [SKIP, ABORT])
def test_rules_that_may_not_be_read(bucket: Bucket, asked: dict[str, Any]) -> None:
    bucket.proxy.plan(refusal(403, "AccessDenied"), method="GET", key="^$", after=1, times=1)  # after the listing
    made = bucket.step(asked=asked)
    table = made.tables["input_samples"]
    assert len(table.frame) == 4
    assert table.figures["step"]["warnings"] == [
        f"{KEY}: the rules by which {bucket.place.removesuffix('/in')} deletes objects cannot be read (AccessDenied), "
        "so none counts as about to be deleted; allow s3:GetLifecycleConfiguration on the bucket."
    ]
    bucket.proxy.clear()
    bucket.proxy.plan(refusal(403, "AccessDenied"), method="GET", key="^$", after=1, times=1)
    silent = bucket.step().tables["input_samples"]
    assert (len(silent.frame), silent.figures["step"]["warnings"]) == (4, [])


def test_a_local_folder_has_no_rules(alone: Alone) -> None:
    draw(alone.input / "a.png")
    made = alone("input_samples", input_samples={"input_expiration": SKIP})
    assert made.tables["input_samples"].figures["step"]["warnings"] == []
    assert made.metadata["input_samples"]["about_to_be_deleted"] == 0
