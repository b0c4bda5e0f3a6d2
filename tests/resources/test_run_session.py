"""One process's part in a run: when it waits, when the folder is made, whose folder it is, and what ends with it."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, Failure

from configs.errors import InputError
from resources.dataset_settings import store_settings
from resources.earlier_run import run_named_in, written_by
from resources.locks import run_is_dead
from resources.run import FOLDER_TAG, PARENT_TAG
from resources.run_session import RunSession
from resources.stores.bucket_store import BucketStore
from tests.resources.conftest import NewRun
from tests.resources.stores.s3_servers import KEYS

log = logging.getLogger("winnow")


def settings(folder: Path) -> dict[str, dict[str, object]]:
    return {
        "datasource": {"input_dir": str(folder / "input")},
        "run_folder": {"output_dir": str(folder / "output")},
    }


@pytest.fixture(autouse=True)
def output(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "input").mkdir()
    store_settings("shapes", settings(tmp_path))
    yield tmp_path / "output"


def named(directory: str) -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    return {"resources": {"run_folder": {"config": {"run_directory": directory}}}}


def tag(instance: DagsterInstance, run_id: str) -> str:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.tags.get(FOLDER_TAG, "")


def test_a_run_that_says_nothing_leaves_nothing(instance: DagsterInstance, new_run: NewRun, output: Path) -> None:
    session = RunSession(instance, new_run())
    session.begin()
    session.close()
    assert not output.exists()


def test_the_folder_is_made_at_its_first_use(instance: DagsterInstance, new_run: NewRun, output: Path) -> None:
    run_id = new_run(named("one"))
    session = RunSession(instance, run_id)
    log.info("before")
    session.begin()
    assert tag(instance, run_id) == ""
    path = session.folder.path
    log.info("after")
    assert path == output / "one"
    assert session.folder.path is path
    assert tag(instance, run_id) == str(path)
    assert written_by(path) == (run_id, "shapes")
    session.close()
    log.info("when all is over")
    lines = (path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert [line.partition(" INFO ")[2] for line in lines] == ["before", "after"]


def test_memory_is_logged_until_the_end(instance: DagsterInstance, new_run: NewRun) -> None:
    session = RunSession(instance, new_run())
    path = session.folder.path / "memlog.txt"
    deadline = time.monotonic() + 20
    while len(path.read_text(encoding="utf-8").splitlines()) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    session.close()
    header, first, *_ = path.read_text(encoding="utf-8").splitlines()
    assert header == "timestamp,rss_mb,total_mb,percent"
    assert float(first.split(",")[1]) > 1
    assert not any(thread.name == "memory log" for thread in threading.enumerate())


def test_another_run_of_the_dataset_waits_until_it_is_closed(
    instance: DagsterInstance, new_run: NewRun, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = new_run()
    alive = home / "locks" / "runs" / f"{run_id}.lock"
    first, second = RunSession(instance, run_id), RunSession(instance, new_run())
    first.begin()
    first.begin()  # each step of the run does
    assert alive.exists()
    assert not run_is_dead(run_id)
    waiting = threading.Thread(target=second.begin)
    waiting.start()
    waiting.join(0.5)
    assert waiting.is_alive()
    assert f"waiting for run {run_id[:8]} of dataset shapes" in caplog.text
    first.close()
    waiting.join(20)
    assert not waiting.is_alive()
    assert not alive.exists()
    second.close()


def test_settings_that_no_run_can_have_are_told_before_anything_is_done(
    instance: DagsterInstance, new_run: NewRun, output: Path
) -> None:
    store_settings("shapes", {**settings(output.parent), "datasource": {}})
    session = RunSession(instance, new_run(named("one")))
    with pytest.raises(InputError, match="nothing to select from; add input_dir="):
        session.begin()
    session.close()
    assert not output.exists()


def test_a_second_process_writes_into_the_same_folder(instance: DagsterInstance, new_run: NewRun) -> None:
    run_id = new_run(named("one"))
    first = RunSession(instance, run_id)
    first.begin()
    log.info("the first")
    config = first.folder.path / "config" / "hydra.yaml"
    first.close()
    written = config.stat().st_mtime_ns
    second = RunSession(instance, run_id)
    log.info("the second")
    second.begin()  # the log goes on, whatever this process writes
    text = (config.parents[1] / "log.txt").read_text(encoding="utf-8")
    assert second.folder.path == config.parents[1]
    second.close()
    assert "the first" in text and "the second" in text
    assert config.stat().st_mtime_ns == written


def test_the_folder_that_another_process_made_meanwhile(
    instance: DagsterInstance, new_run: NewRun, output: Path
) -> None:
    run_id = new_run()
    here, there = RunSession(instance, run_id), RunSession(instance, run_id)
    here.begin()
    assert here.run.folder == there.run.folder == ""
    path = there.folder.path
    assert here.folder.path == path
    here.close()
    there.close()
    assert len([each for each in output.glob("*/*") if each.is_dir()]) == 1


@pytest.mark.parametrize("status", [DagsterRunStatus.FAILURE, DagsterRunStatus.SUCCESS])
def test_only_the_folder_of_a_run_that_failed_is_gone_on_with(
    instance: DagsterInstance, new_run: NewRun, output: Path, status: DagsterRunStatus
) -> None:
    earlier = new_run(named("one"), status=status if status == DagsterRunStatus.SUCCESS else DagsterRunStatus.STARTED)
    session = RunSession(instance, earlier)
    assert session.folder.path == output / "one"
    session.close()
    if status == DagsterRunStatus.FAILURE:
        run = instance.get_run_by_id(earlier)
        assert run is not None
        instance.report_run_failed(run)
    later = new_run(named("one"))
    session = RunSession(instance, later)
    if status == DagsterRunStatus.FAILURE:
        assert session.folder.path == output / "one"
        assert written_by(output / "one") == (later, "shapes")
    else:
        with pytest.raises(InputError, match="exists and is not empty"):
            _ = session.folder.path
    session.close()


def test_a_retry_goes_on_in_the_folder_of_the_run_before(instance: DagsterInstance, new_run: NewRun) -> None:
    before = new_run(named("one"))
    session = RunSession(instance, before)
    path = session.folder.path
    session.close()
    after = new_run(named("one"), {PARENT_TAG: before, "dagster/is_resume_retry": "true"})
    session = RunSession(instance, after)
    session.begin()
    assert session.folder.path == path
    session.close()
    assert tag(instance, after) == str(path)
    assert written_by(path)[0] == after


def test_a_folder_in_a_bucket(instance: DagsterInstance, new_run: NewRun, bucket: BucketStore, home: Path) -> None:
    """Of a run that fails, is gone on with, and whose last process is killed."""
    store_settings("shapes", {**settings(home), "run_folder": {"output_dir": f"{bucket.name}/out"}})
    place, below = f"{bucket.name}/out/one", bucket.below("out/one")
    earlier = new_run(named("one"))
    session = RunSession(instance, earlier)
    session.begin()
    path = session.folder.path
    assert path == home / "runs" / earlier and session.folder.place(path / "data" / "a.csv") == f"{place}/data/a.csv"
    assert tag(instance, earlier) == session.folder.place() == place
    assert run_named_in(below.get("config/hydra.yaml", 9_999)) == (earlier, "shapes")
    session.folder.write_text("data/a.csv", "a")
    assert below.find("data/a.csv") is None
    session.has_worked()
    assert below.get("data/a.csv", 9) == b"a"
    with pytest.raises(Failure, match=r"^no good$"), session.told_errors():
        raise InputError("no good")
    session.close()
    assert below.get("log.txt", 9_999).endswith(b" ERROR no good\n")
    assert not path.exists()

    other = RunSession(instance, new_run(named("one")))
    with pytest.raises(InputError, match=f"^run_directory=one: {place} exists and is not empty; "):
        _ = other.folder.path
    other.close()
    run = instance.get_run_by_id(earlier)
    assert run is not None
    instance.report_run_failed(run)
    later = new_run(named("one"))
    session = RunSession(instance, later)
    assert session.folder.place() == place
    log.info("going on")
    session.close()
    assert run_named_in(below.get("config/hydra.yaml", 9_999)) == (later, "shapes")
    lines = below.get("log.txt", 9_999).decode().splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == ["ERROR no good", "INFO going on"]
    assert below.get("data/a.csv", 9) == b"a"
    assert not list((home / "runs").iterdir())


def test_credentials_stand_in_no_file(instance: DagsterInstance, new_run: NewRun, bucket: BucketStore) -> None:
    store_settings("shapes", {"datasource": {"input_dir": "/in"}, "run_folder": {"output_dir": bucket.name}})
    session = RunSession(instance, new_run())
    _ = session.folder.path
    session.close()
    secret = KEYS["AWS_SECRET_ACCESS_KEY"].encode()
    found = {each.key: bucket.get(each.key, 99_999) for each in bucket.list()}
    assert len(found) == 5 and not [key for key, data in found.items() if secret in data]
