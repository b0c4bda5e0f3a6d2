"""The schedule: nothing by default; with WINNOW_KEEP_DAYS what the command does, as a run."""

import time
from pathlib import Path

import pytest
from dagster import DagsterEventType, DagsterInstance, RunRequest, SkipReason, build_schedule_context

from resources.home import home
from resources.sample_cache import SampleCache
from selection_assets.daily_clean import clean_job, daily_clean
from selection_assets.definitions import defs


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WINNOW_KEEP_DAYS", raising=False)
    return home()


def test_it_is_off_until_somebody_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = defs.resolve_schedule_def("daily_clean")
    assert (schedule.job_name, schedule.cron_schedule) == ("clean_job", "30 3 * * *")
    said = daily_clean(build_schedule_context())
    assert isinstance(said, SkipReason) and said.skip_message == "WINNOW_KEEP_DAYS is not set: everything is kept"
    monkeypatch.setenv("WINNOW_KEEP_DAYS", "90")
    assert isinstance(daily_clean(build_schedule_context()), RunRequest)


def test_its_run_removes_and_says_so(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_KEEP_DAYS", "30")
    cache = SampleCache(state / "cache.sqlite")
    for days, key in ((31, "old"), (29, "young")):
        with monkeypatch.context() as then:
            moment = time.time() - days * 86_400
            then.setattr(time, "time", lambda moment=moment: moment)
            cache.put_many("checks", "", [(key, b"123")])
    with DagsterInstance.ephemeral() as instance:
        done = clean_job.execute_in_process(instance=instance)
        assert done.success
    (output,) = [event for event in done.all_events if event.event_type == DagsterEventType.STEP_OUTPUT]
    metadata = output.step_output_data.metadata
    assert (metadata["entries of the cache"].value, metadata["bytes"].value) == (1, 6)
    assert cache.known("checks", "", ["old", "young"]) == {"young"}


def test_a_mistake_fails_the_run_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WINNOW_KEEP_DAYS", "soon")
    with DagsterInstance.ephemeral() as instance:
        done = clean_job.execute_in_process(instance=instance, raise_on_error=False)
    failure = done.failure_data_for_node("remove_what_is_old")
    assert failure is not None and failure.user_failure_data is not None
    assert failure.user_failure_data.description == (
        "WINNOW_KEEP_DAYS=soon: give whole days, at least one, such as 90d"
    )
