"""Run folders: which one a run gets, and what is in `config/`."""

from datetime import datetime
from pathlib import Path

import pytest
import yaml

from configs.errors import InputError
from configs.stages.run_folder import RunFolderConfig
from resources.run import Run
from resources.run_folder import RunFolder, make_folder, write_config


def never(_: Path) -> bool:
    return False


def run_on(output: Path, **named: dict[str, object]) -> Run:
    return Run("r", "d", {"run_folder": {"output_dir": str(output)}, **named}, datetime.now().astimezone())


def test_folders_of_runs_have_date_and_time(tmp_path: Path) -> None:
    before = datetime.now()
    folder = make_folder(RunFolderConfig(output_dir=str(tmp_path)), never)
    made = datetime.strptime("/".join(folder.parts[-2:]), "%Y-%m-%d/%H:%M:%S")
    assert 0 <= (made - before.replace(microsecond=0)).total_seconds() <= 2
    assert folder.is_dir()


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path) -> None:
    config = RunFolderConfig(output_dir=str(tmp_path))
    assert make_folder(config, never) != make_folder(config, never)


@pytest.mark.parametrize("exists", [False, True])
def test_a_named_folder_that_is_new_or_empty(tmp_path: Path, exists: bool) -> None:
    if exists:
        (tmp_path / "one").mkdir()
    folder = make_folder(RunFolderConfig(output_dir=str(tmp_path), run_directory="one"), never)
    assert folder == tmp_path / "one"
    assert folder.is_dir()


def test_a_named_folder_with_other_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.txt").write_text("a")
    with pytest.raises(InputError, match="exists and is not empty; remove it or choose another name"):
        make_folder(RunFolderConfig(output_dir=str(tmp_path), run_directory="one"), never)
    (tmp_path / "file").write_text("a")
    with pytest.raises(InputError, match="exists and is not empty"):
        make_folder(RunFolderConfig(output_dir=str(tmp_path), run_directory="file"), never)


@pytest.mark.parametrize("may", [True, False])
def test_the_folder_of_a_run_is_gone_on_with_where_it_may(tmp_path: Path, may: bool) -> None:
    config = RunFolderConfig(output_dir=str(tmp_path), run_directory="one")
    write_config(run_on(tmp_path), make_folder(config, never))
    asked = []

    def may_go_on(folder: Path) -> bool:
        asked.append(folder)
        return may

    if may:
        assert make_folder(config, may_go_on) == tmp_path / "one"
    else:
        with pytest.raises(InputError, match="only the folder of a run of the same dataset that did not finish"):
            make_folder(config, may_go_on)
    assert asked == [tmp_path / "one"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x"])
def test_a_run_directory_stays_below_the_output(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"without '\.\.'"):
        make_folder(RunFolderConfig(output_dir=str(tmp_path), run_directory=name), never)


def test_no_run_folder_inside_of_another(tmp_path: Path) -> None:
    write_config(run_on(tmp_path), make_folder(RunFolderConfig(output_dir=str(tmp_path), run_directory="a/b"), never))
    for name in ("a/b/c", "a/b/c/d"):
        with pytest.raises(InputError, match=f"run_directory={name}: {tmp_path}/a/b is the folder of another run"):
            make_folder(RunFolderConfig(output_dir=str(tmp_path), run_directory=name), never)
    assert make_folder(RunFolderConfig(output_dir=str(tmp_path), run_directory="a/c"), never) == tmp_path / "a/c"


def test_outputs_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="output_dir is not set; add output_dir=/path/to/folder"):
        make_folder(RunFolderConfig(), never)
    (tmp_path / "file").write_text("a")
    for output in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputError, match="is not a folder; give a folder"):
            make_folder(RunFolderConfig(output_dir=str(output)), never)


def test_the_config_copies(tmp_path: Path) -> None:
    write_config(run_on(tmp_path, selected_samples={"method": "random"}), tmp_path)
    config, hydra, overrides = (
        yaml.safe_load((tmp_path / "config" / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("config", "hydra", "overrides")
    )
    assert config["method"] == "random"
    assert config["stopping_condition"] == {"n_samples": -1, "min_distance": -1.0}
    assert hydra["hydra"]["job"] == {"name": "winnow", "id": "r", "dataset": "d"}
    assert hydra["hydra"]["run"] == {"dir": str(tmp_path)}
    assert overrides == [f"output_dir={tmp_path}", "method=random"]


def test_the_settings_written_anew(tmp_path: Path) -> None:
    write_config(run_on(tmp_path, exported_samples={"dump_dataset": True}), tmp_path)
    RunFolder(lambda: (tmp_path, str(tmp_path))).write_settings(
        run_on(tmp_path, selected_samples={"method": "random"}).settings
    )
    config = yaml.safe_load((tmp_path / "config" / "config.yaml").read_text(encoding="utf-8"))
    assert (config["method"], config["dump_dataset"]) == ("random", False)
    assert yaml.safe_load((tmp_path / "config" / "overrides.yaml").read_text())[-1] == "dump_dataset=True"


def test_tokens_are_kept_as_they_were_given(tmp_path: Path) -> None:
    run = run_on(tmp_path)
    write_config(Run(run.id, run.dataset, run.named, run.started, ("token=****", "method=random")), tmp_path)
    assert yaml.safe_load((tmp_path / "config" / "overrides.yaml").read_text()) == ["token=****", "method=random"]


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = RunFolder(lambda: (tmp_path, str(tmp_path)))
    folder.write_lines("filenames/a.txt", ["x", "y"])
    folder.write_lines("filenames/none.txt", [])
    assert (tmp_path / "filenames" / "a.txt").read_bytes() == b"x\ny\n"
    assert (tmp_path / "filenames" / "none.txt").read_bytes() == b""
    with pytest.raises(RuntimeError), folder.writing("table.csv") as path:
        path.write_text("half")
        raise RuntimeError
    assert not (tmp_path / "table.csv").exists()
    with folder.writing("table.csv") as path:
        path.write_text("whole")
    assert (tmp_path / "table.csv").read_text() == "whole"
