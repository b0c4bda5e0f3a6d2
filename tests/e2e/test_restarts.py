"""Jobs that are scheduled while API, daemon and code server are killed at any moment: each becomes one run."""

import random
import re
import tempfile
import time
from pathlib import Path

import psutil
import pytest
import requests

from resources.platform.runs import visible_runs
from tests.e2e.scheduled_jobs import counted, new_platform, runs_by_job, until_ended
from tests.e2e.test_serve import SERVE, TEXT
from tests.e2e.test_ui_process import gone, ui
from tests.resources.catalog.postgres_server import postgres_that_restarts, programs

KILLS = 4


@pytest.mark.slow
def test_no_job_is_lost_and_none_runs_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their runs fail at once: there is no picture."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    (tmp_path / "empty").mkdir()
    platform = new_platform()
    datasets = [platform.dataset(f"set {number}", tmp_path / "empty") for number in range(3)]
    chance = random.Random(0)
    jobs: list[str] = []
    for _ in range(KILLS):
        with ui(tmp_path / "home", *SERVE) as (process, output, children):
            api = _address(output)
            jobs += [platform.schedule(api, *each) for each in datasets]
            time.sleep(chance.uniform(0, 5))
            served = psutil.Process(process.pid)
            chance.choice([served, *served.children()]).kill()
            process.wait(60)
            deadline = time.monotonic() + 60
            while not gone(children):
                assert time.monotonic() < deadline
                time.sleep(0.1)
    with ui(tmp_path / "home", *SERVE) as (_, output, _children):
        runs = until_ended(platform, _address(output), jobs)
    assert counted(runs_by_job()) == dict.fromkeys(jobs, 1)
    assert sorted(each.scheduled for each in visible_runs(platform.user)) == sorted(jobs)
    assert {run["state"] for run in runs.values()} <= {"FAILED", "CRASHED", "ABORTED"}


@pytest.mark.slow
def test_the_database_crashes_and_comes_back(tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with (
        tempfile.TemporaryDirectory(prefix="winnow-postgres-") as folder,
        postgres_that_restarts(Path(folder)) as (url, restart),
    ):
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("WINNOW_DATABASE_URL", url)
        platform = new_platform()
        datasets = [platform.dataset(f"set {number}", pictures) for number in range(2)]
        chance = random.Random(0)
        with ui(tmp_path / "home", *SERVE) as (process, output, _children):
            api = _address(output)
            jobs = []
            for _ in range(KILLS):
                jobs += [platform.schedule(api, *each) for each in datasets]
                time.sleep(chance.uniform(0, 6))
                restart()
            runs = until_ended(platform, api, jobs)
            assert process.poll() is None
        assert counted(runs_by_job()) == dict.fromkeys(jobs, 1)
        assert sorted(each.scheduled for each in visible_runs(platform.user)) == sorted(jobs)
        # One that was at work may have failed, with words; what had not begun, and what came later, ends well.
        ends = [runs[job]["state"] for job in jobs]
        assert set(ends) <= {"COMPLETED", "FAILED", "CRASHED"} and "COMPLETED" in ends
        assert all(run["message"] for run in runs.values())


def _address(output: Path) -> str:
    found = re.fullmatch(TEXT, output.read_text(encoding="utf-8"))
    assert found, output.read_text(encoding="utf-8")
    assert requests.get(f"{found[1]}/healthz", timeout=30).status_code == 200
    return found[1]
