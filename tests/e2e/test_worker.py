"""A process that joins as a worker beside `winnow serve`: what it does, what is left to it, and what if it dies."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from dagster import RunsFilter

from resources.instance import dagster_instance
from resources.platform.scheduled_runs import SCHEDULED_TAG, WORKER_TAG, cancel_scheduled_run
from resources.platform.workers import register_worker
from tests.e2e.conftest import WINNOW
from tests.e2e.scheduled_jobs import Platform, counted, new_platform, runs_by_job, until_ended
from tests.e2e.test_serve import SERVE, TEXT
from tests.e2e.test_ui_process import gone, ui, wait_until


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Platform, str]]:
    """The platform and the API's address."""
    folder = tmp_path_factory.mktemp("served")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "home"))
        platform = new_platform()
        with ui(folder / "home", *SERVE) as (_, output, _children):
            found = re.fullmatch(TEXT, output.read_text(encoding="utf-8"))
            assert found
            yield platform, found[1]


@contextmanager
def worker(folder: Path, *tokens: str) -> Iterator["subprocess.Popen[str]"]:
    with (folder / "worker.out").open("w") as output:
        process = subprocess.Popen(
            [WINNOW, "run", *tokens],
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_joined_worker_does_its_jobs_and_the_server_the_others(
    served: tuple[Platform, str], pictures: Path, tmp_path: Path
) -> None:
    platform, api = served
    joined = register_worker(platform.user, "joined", "FULL", ["gpu"], None)
    register_worker(platform.user, "registered only", "FULL", ["cpu"], None)
    dataset, config = platform.dataset("cats", pictures, {"shutdown_when_job_finished": True})
    other, plain = platform.dataset("dogs", pictures)
    with worker(tmp_path, f"token={platform.token}", f"worker.worker_id={joined}") as process:
        output = tmp_path / "worker.out"
        wait_until(lambda: "Joined as worker joined" in output.read_text(encoding="utf-8"))
        assert "with the labels gpu" in output.read_text(encoding="utf-8")
        assert platform.worker_states(api)["joined"] == "IDLE"
        mine = platform.schedule(api, dataset, config, ("gpu",))
        theirs = platform.schedule(api, other, plain, ("cpu",))
        runs = until_ended(platform, api, [mine, theirs])
        assert process.wait(60) == 0, output.read_text(encoding="utf-8")
    assert {run["state"] for run in runs.values()} == {"COMPLETED"}, runs
    text = output.read_text(encoding="utf-8")
    assert text.splitlines()[-1] == f"The worker ends, as job {mine} has asked for."
    assert platform.token not in text
    found = runs_by_job()
    assert counted(found) == {mine: 1, theirs: 1}
    assert found[mine][0].tags[WORKER_TAG] == joined and WORKER_TAG not in found[theirs][0].tags
    assert {"report.pdf", "report.json", "log.txt"} <= {each["fileName"] for each in runs[mine]["artifacts"]}
    assert platform.worker_states(api) == {"joined": "OFFLINE", "registered only": "IDLE"}


def test_a_job_of_a_worker_can_be_canceled_and_a_killed_worker_loses_none(
    served: tuple[Platform, str], pictures: Path, tmp_path: Path
) -> None:
    platform, api = served
    id = register_worker(platform.user, "killed", "FULL", ["only here"], None)
    dataset, config = platform.dataset("birds", pictures)
    with worker(tmp_path, f"token={platform.token}", f"worker_id={id}") as process:
        output = tmp_path / "worker.out"
        wait_until(lambda: "Joined" in output.read_text(encoding="utf-8"))
        canceled = platform.schedule(api, dataset, config, ("only here",))
        wait_until(lambda: platform.run(api, canceled))
        assert platform.worker_states(api)["killed"] == "BUSY"
        cancel_scheduled_run(canceled)
        assert until_ended(platform, api, [canceled])[canceled]["state"] == "ABORTED"
        wait_until(lambda: f"Job {canceled} has ended" in output.read_text(encoding="utf-8"))
        terminated = platform.schedule(api, dataset, config, ("only here",))
        wait_until(lambda: platform.run(api, terminated))
        with dagster_instance() as instance:  # as "Force termination immediately" does
            (run,) = instance.get_runs(RunsFilter(tags={SCHEDULED_TAG: terminated}))
            instance.report_run_canceled(run)
        wait_until(lambda: f"Job {terminated} has ended" in output.read_text(encoding="utf-8"))
        assert until_ended(platform, api, [terminated])[terminated]["state"] == "ABORTED"
        killed = platform.schedule(api, dataset, config, ("only here",))
        wait_until(lambda: platform.run(api, killed))
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        wait_until(lambda: gone(children))
        assert until_ended(platform, api, [killed])[killed]["state"] == "CRASHED"
    late = platform.schedule(api, dataset, config, ("only here",))
    time.sleep(5)
    assert not platform.run(api, late)  # the worker may come back
    assert until_ended(platform, api, [late])[late]["state"] == "COMPLETED"  # by the server
    found = runs_by_job()
    assert [len(found[job]) for job in (canceled, killed, late)] == [1, 1, 1]


def test_who_cannot_join(served: tuple[Platform, str], tmp_path: Path) -> None:
    from resources.platform.users import add_user, create_token
    from resources.platform.workers import leave, show_life

    platform, _ = served
    id = register_worker(platform.user, "busy", "FULL", [], None)
    add_user("bob@example.com")
    other = create_token("bob@example.com")
    show_life(id)
    wrong = {
        (f"worker.worker_id={id}",): "the token is missing, unknown or revoked; give token=… or set LIGHTLY_TOKEN",
        ("token=nonsense", f"worker.worker_id={id}"): "the token is missing, unknown or revoked",
        (f"token={other}", f"worker.worker_id={id}"): f"worker.worker_id={id}: you have no such worker here",
        (f"token={platform.token}", "worker.worker_id=x"): "worker.worker_id=x: expected the 24 digits that",
        (f"token={platform.token}", f"worker_id={id}", "worker.force_start=False"): "worker busy was seen within",
        (f"token={platform.token}", f"worker_id={id}", "input_dir=/x"): "input_dir: a worker is told by its jobs",
        (f"worker_id={id}", f"worker.worker_id={'0' * 24}"): "worker.worker_id and worker_id differ; give one",
    }
    for tokens, message in wrong.items():
        done = subprocess.run([WINNOW, "run", *tokens], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
        assert done.stderr.startswith(f"winnow: error: {message}")
        assert platform.token not in done.stderr
    leave(id)


def test_a_worker_ends_without_an_error(served: tuple[Platform, str], tmp_path: Path) -> None:
    platform, api = served
    id = register_worker(platform.user, "quiet", "FULL", ["quiet"], None)
    for number in (signal.SIGTERM, signal.SIGINT):
        with worker(tmp_path, f"token={platform.token}", f"worker_id={id}") as process:
            wait_until(lambda: "Joined" in (tmp_path / "worker.out").read_text(encoding="utf-8"))
            process.send_signal(number)
            assert process.wait(30) == 0
            assert (tmp_path / "worker.out").read_text(encoding="utf-8").endswith("The worker has stopped.\n")
        assert platform.worker_states(api)["quiet"] == "OFFLINE"
