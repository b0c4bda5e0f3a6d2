"""Rounds over the datasets, with Dagster's own records of runs, which the test writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from configs.automation import Automation
from resources.catalog.datasets import Dataset, add_missing, store_automation
from resources.catalog.watches import watch_states
from resources.run import FAULT_TAG, PARTITION_TAG, TROUBLE_TAG
from selection_assets.watching.looks import Looks
from selection_assets.watching.plan import Seen
from selection_assets.watching.tick import RUN_KEY_TAG, Begin, tick

AT_ONCE = Automation(watch=True, quiet_seconds=0, attempts=2)


class World:
    """Datasets, what lies in them, a clock, and runs."""

    def __init__(self, instance: DagsterInstance) -> None:
        self.instance, self.now = instance, 1000.0
        self.holds: dict[str, Seen] = {}
        self.looked: list[str] = []
        self.late: dict[str, str] = {}

    def _look(self, dataset: Dataset) -> Seen:
        self.looked.append(dataset.name)
        return self.holds[dataset.name]

    def tick(self) -> list[Begin]:
        self.now += 1
        found = tick(self.instance, Looks(self._look), lambda: self.now, 30)
        self.late = found.late
        return found.begin

    def run(self, begin: Begin, status: DagsterRunStatus, **tags: str) -> None:
        self.instance.add_run(
            DagsterRun(
                job_name="selection_job",
                status=status,
                tags={PARTITION_TAG: begin.dataset, RUN_KEY_TAG: begin.run_key, **tags},
            )
        )

    def status(self, name: str) -> tuple[str, str]:
        state = watch_states()[name]
        return state.status, state.message


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with DagsterInstance.ephemeral() as instance:
        made = World(instance)
        add_missing(["cats", "dogs", "silent"])
        for name in ("cats", "dogs"):
            store_automation(name, AT_ONCE)
            made.holds[name] = Seen()
        yield made


def test_only_those_that_ask_are_looked_at(world: World) -> None:
    assert world.tick() == []
    assert sorted(world.looked) == ["cats", "dogs"]
    store_automation("dogs", Automation(watch=False, cron="0 3 * * *"))
    world.looked.clear()
    assert world.tick() == []
    assert world.looked == ["cats"]


def test_one_run_for_one_batch(world: World) -> None:
    world.holds["cats"] = Seen("batch", 3)
    (begin,) = world.tick()
    assert begin == Begin("cats", "cats:batch:1001:1")
    world.looked.clear()
    world.run(begin, DagsterRunStatus.NOT_STARTED)
    assert world.tick() == [] and world.looked == ["dogs"]  # one at work is left alone


def test_a_run_that_went_well_and_left_what_it_could_not_read(world: World) -> None:
    world.holds["cats"] = Seen("batch", 3)
    (begin,) = world.tick()
    world.run(begin, DagsterRunStatus.SUCCESS)
    world.holds["cats"] = Seen("batch", 3)
    assert world.tick() == []
    assert world.status("cats")[0] == "idle"
    world.holds["cats"] = Seen("other", 2)
    assert world.tick() == [Begin("cats", "cats:other:1003:1")]


def test_a_tick_that_was_cut_off_is_made_up_for(world: World) -> None:
    world.holds["cats"] = Seen("batch", 3)
    (begin,) = world.tick()
    assert world.tick() == [begin]  # there is no such run


@pytest.mark.parametrize(
    ("tags", "status", "again", "message"),
    [
        ({FAULT_TAG: "n_samples=0"}, DagsterRunStatus.FAILURE, False, "failed: n_samples=0"),
        ({TROUBLE_TAG: "no answer"}, DagsterRunStatus.FAILURE, True, "no answer"),
        ({}, DagsterRunStatus.FAILURE, True, "run "),
        ({}, DagsterRunStatus.CANCELED, False, "canceled: run "),
    ],
)
def test_runs_that_end_badly(
    world: World, tags: dict[str, str], status: DagsterRunStatus, again: bool, message: str
) -> None:
    world.holds["cats"] = Seen("batch", 3)
    (begin,) = world.tick()
    world.run(begin, status, **tags)
    assert world.tick() == []
    assert world.status("cats")[0] == ("waiting" if again else "failed")
    assert world.status("cats")[1].startswith(message)
    world.now += 60
    begun = world.tick()
    assert begun == ([Begin("cats", "cats:batch:1001:2")] if again else [])
    if begun:
        world.run(begun[0], status, **tags)
        world.now += 1e6
        assert world.tick() == []
        assert world.status("cats")[1].startswith(f"after 2 runs: {message}")


def test_a_bucket_that_cannot_be_listed(world: World) -> None:
    world.holds |= {"cats": Seen(fault="s3://b: no answer"), "dogs": Seen("batch", 1)}
    assert [each.dataset for each in world.tick()] == ["dogs"]
    assert world.status("cats") == ("unreachable", "s3://b: no answer")


def test_times_that_cannot_be_told_stop_no_other_dataset(world: World) -> None:
    """As of an older version, which stored them."""
    store_automation("silent", Automation(cron="0 0 31 2,4 *"))
    world.tick()
    world.now += 10
    world.holds["cats"] = Seen("batch", 3)
    assert [each.dataset for each in world.tick()] == ["cats"]
    status, message = world.status("silent")
    assert status == "failed" and message.startswith("its times cannot be told (CroniterBadDateError")


def test_cron_begins_with_nothing_new_and_until_the_run_is_there(world: World) -> None:
    store_automation("silent", Automation(cron="*/10 * * * *"))
    assert world.tick() == []
    world.now = 1200
    begin = Begin("silent", "silent:cron:1200")
    assert world.tick() == [begin]
    assert world.tick() == [begin]
    world.run(begin, DagsterRunStatus.STARTED)
    assert world.tick() == []
    (run,) = world.instance.get_runs()
    world.instance.report_run_failed(run, "killed")
    assert world.tick() == []
    assert world.status("silent") == ("failed", f"run {run.run_id[:8]}")
    world.now = 1801
    assert world.tick() == [Begin("silent", "silent:cron:1800")]


def test_who_should_be_looked_at_is_said_once(world: World) -> None:
    world.holds["cats"] = Seen(fault="s3://b: no answer")
    world.tick()
    world.now += 1799
    world.tick()
    assert world.late == {}
    world.tick()
    assert world.late == {"cats": "s3://b: no answer"}
    world.tick()
    assert world.late == {}
    world.holds["cats"] = Seen("batch", 3)
    (begin,) = world.tick()
    assert world.late == {} and not watch_states()["cats"].late
    world.run(begin, DagsterRunStatus.FAILURE, **{FAULT_TAG: "n_samples=0"})
    world.tick()
    assert world.late == {"cats": "failed: n_samples=0"}
