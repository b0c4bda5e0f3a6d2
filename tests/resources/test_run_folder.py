import logging
import re
from pathlib import Path

import pytest
import yaml

from configs.errors import InputError
from resources.run_folder import RunFolder

log = logging.getLogger("winnow")


def folder_for(tmp_path: Path, **run_folder: str) -> RunFolder:
    return RunFolder({"run_folder": {"output_dir": str(tmp_path / "out"), **run_folder}}, run_id="r", dataset="d")


def test_nothing_is_created_until_something_is_written(tmp_path: Path) -> None:
    folder = folder_for(tmp_path)
    with folder.session():
        log.warning("early")
    assert not (tmp_path / "out").exists()


def test_early_lines_are_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "level", logging.DEBUG)
    folder = folder_for(tmp_path)
    with folder.session():
        log.info("early %d", 1)
        folder.write_lines("filenames/a.txt", ["x", "y"])
        log.info("late")
    text = (folder.path / "log.txt").read_text(encoding="utf-8")
    assert re.search(r"INFO early 1\n.*INFO late\n", text)
    assert (folder.path / "filenames" / "a.txt").read_bytes() == b"x\ny\n"
    assert (folder.path / "memlog.txt").read_text(encoding="utf-8").startswith("timestamp,rss_mb,total_mb,percent\n20")


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path) -> None:
    paths = set()
    for _ in range(2):
        folder = folder_for(tmp_path)
        with folder.session():
            paths.add(folder.path)
    assert len(paths) == 2


def test_a_folder_with_content_is_not_used_again(tmp_path: Path) -> None:
    first = folder_for(tmp_path, run_directory="one")
    with first.session():
        first.write_text("a.txt", "a")
    with pytest.raises(InputError, match="exists and is not empty; remove it or choose another name"):
        _ = folder_for(tmp_path, run_directory="one").path


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x"])
def test_a_run_directory_stays_below_the_output(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"without '\.\.'"):
        _ = folder_for(tmp_path, run_directory=name).path


def test_the_config_copies(tmp_path: Path) -> None:
    folder = RunFolder(
        {"run_folder": {"output_dir": str(tmp_path)}, "selected_samples": {"method": "random"}}, run_id="r", dataset="d"
    )
    with folder.session():
        path = folder.path
    config, hydra, overrides = (
        yaml.safe_load((path / "config" / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("config", "hydra", "overrides")
    )
    assert config["method"] == "random"
    assert config["stopping_condition"] == {"n_samples": -1, "min_distance": -1.0}
    assert hydra["hydra"]["job"] == {"name": "winnow", "id": "r", "dataset": "d"}
    assert overrides == [f"output_dir={tmp_path}", "method=random"]


def test_warnings_are_kept_for_the_report(tmp_path: Path) -> None:
    folder = folder_for(tmp_path)
    with folder.session():
        log.warning("mind the %s", "gap")
    log.warning("too late")
    assert folder.warnings == ["mind the gap"]


def test_steps_are_timed(tmp_path: Path) -> None:
    folder = folder_for(tmp_path)
    with folder.timed("a"):
        pass
    with folder.timed("a"):
        pass
    assert list(folder.timings) == ["a"]
    assert folder.timings["a"] >= 0
