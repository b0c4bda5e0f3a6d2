"""One process's part in a run: when the folder is made, which one it is, and what ends with the process."""

import logging
import threading
import time
from pathlib import Path

import pytest
import yaml
from dagster import DagsterInstance, DagsterRunStatus

from configs.errors import InputError
from resources.dataset_settings import store_settings
from resources.locks import run_is_dead
from resources.run import FOLDER_TAG
from resources.run_session import RunSession
from tests.resources.conftest import NewRun

log = logging.getLogger("winnow")


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, home: Path) -> None:
    (tmp_path / "in").mkdir()
    store_settings(
        "shapes",
        {
            "datasource": {"input_dir": str(tmp_path / "in")},
            "run_folder": {"output_dir": str(tmp_path / "out")},
        },
    )


NAMED = {"resources": {"run_folder": {"config": {"run_directory": "r"}}}}


def folder_tag(instance: DagsterInstance, run_id: str) -> str | None:
    found = instance.get_run_by_id(run_id)
    assert found is not None
    return found.tags.get(FOLDER_TAG) or None


def test_nothing_is_made_before_it_is_asked_for(tmp_path: Path, instance: DagsterInstance, new_run: NewRun) -> None:
    run_id = new_run(NAMED)
    session = RunSession(instance, run_id)
    assert session.run.dataset == "shapes"
    session.begin()
    session.begin()
    assert not (tmp_path / "out").exists() and folder_tag(instance, run_id) is None
    assert not run_is_dead(run_id)
    session.close()


def test_the_folder_has_config_and_logs(tmp_path: Path, instance: DagsterInstance, new_run: NewRun) -> None:
    run_id = new_run(NAMED)
    session = RunSession(instance, run_id)
    log.info("before the folder")
    session.begin()
    path = session.folder.path
    log.info("with the folder")
    assert path == tmp_path / "out" / "r" == session.folder.path
    assert folder_tag(instance, run_id) == str(path)
    session.close()
    log.info("after the end")
    assert [
        line.partition(" INFO ")[2] for line in (path / "log.txt").read_text().splitlines() if " INFO " in line
    ] == [
        "before the folder",
        "with the folder",
    ]
    lines = (path / "memlog.txt").read_text().splitlines()
    assert lines[0] == "timestamp,rss_mb,total_mb,percent" and len(lines) >= 2
    job = yaml.safe_load((path / "config" / "hydra.yaml").read_text())["hydra"]["job"]
    assert job == {"name": "winnow", "id": run_id, "dataset": "shapes"}
    assert not any(thread.name == "memory log" for thread in threading.enumerate())


def test_another_process_of_the_run_finds_the_folder(
    tmp_path: Path, instance: DagsterInstance, new_run: NewRun
) -> None:
    run_id = new_run(NAMED)
    first, second = RunSession(instance, run_id), RunSession(instance, run_id)
    first.begin()
    second.begin()
    path = first.folder.path
    written = (path / "config" / "config.yaml").stat().st_mtime_ns
    assert second.folder.path == path
    assert (path / "config" / "config.yaml").stat().st_mtime_ns == written
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["r"]
    second.close()
    first.close()


def test_another_run_of_the_dataset_waits_for_its_end(
    instance: DagsterInstance, new_run: NewRun, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = RunSession(instance, new_run(NAMED)), RunSession(instance, new_run(NAMED))
    first.begin()
    waiting = threading.Thread(target=second.begin)
    with caplog.at_level(logging.INFO, "winnow"):
        waiting.start()
        deadline = time.monotonic() + 20
        while not caplog.messages and time.monotonic() < deadline:
            time.sleep(0.01)
        assert waiting.is_alive()
        first.close()
        waiting.join(20)
    assert not waiting.is_alive()
    assert caplog.messages[0].startswith(f"waiting for run {first.run.id[:8]} of dataset shapes (started ")
    second.close()


@pytest.mark.parametrize(
    ("status", "goes_on"),
    [(DagsterRunStatus.FAILURE, True), (DagsterRunStatus.CANCELED, True), (DagsterRunStatus.SUCCESS, False)],
)
def test_the_folder_of_a_run_that_failed_is_gone_on_with(
    instance: DagsterInstance, new_run: NewRun, status: DagsterRunStatus, goes_on: bool
) -> None:
    before = RunSession(instance, new_run(NAMED, status=status))
    before.begin()
    path = before.folder.path
    before.close()
    session = RunSession(instance, new_run(NAMED))
    session.begin()
    if goes_on:
        assert session.folder.path == path
        assert yaml.safe_load((path / "config" / "hydra.yaml").read_text())["hydra"]["job"]["id"] == session.run.id
    else:
        with pytest.raises(InputError, match="exists and is not empty"):
            _ = session.folder.path
    session.close()


def test_settings_that_no_run_can_have(instance: DagsterInstance, new_run: NewRun, tmp_path: Path) -> None:
    store_settings("shapes", {"run_folder": {"output_dir": str(tmp_path / "out")}, "datasource": {"input_dir": ""}})
    session = RunSession(instance, new_run(NAMED))
    with pytest.raises(InputError, match="nothing to select from"):
        session.begin()
    session.close()
    assert not (tmp_path / "out").exists()
