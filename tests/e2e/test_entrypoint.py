"""The container's entry point: which command it makes of the old product's arguments."""

import os
import subprocess
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).parents[2] / "docker" / "entrypoint.sh"


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    """Mount points, and a stand-in for `winnow` that prints its arguments one per line."""
    for name in ("input_dir", "output_dir"):
        (tmp_path / "mounts" / name).mkdir(parents=True)
    stand_in = tmp_path / "winnow"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\necho "$DAGSTER_HOME"\n', encoding="utf-8")
    stand_in.chmod(0o755)
    return tmp_path / "mounts"


def run(mounts: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"}
    environment |= {"WINNOW_MOUNTS": str(mounts), "WINNOW": str(mounts.parent / "winnow")}
    return subprocess.run([ENTRYPOINT, *arguments], capture_output=True, text=True, env=environment, check=False)


def test_options_run_the_main_job_on_the_mounted_folders(mounts: Path) -> None:
    done = run(mounts, "token=X", "stopping_condition.n_samples=0.3", "input a=b c")
    *arguments, home = done.stdout.splitlines()
    assert arguments == [
        "run",
        f"input_dir={mounts}/input_dir",
        f"output_dir={mounts}/output_dir",
        "token=X",
        "stopping_condition.n_samples=0.3",
        "input a=b c",
    ]
    assert home == f"{mounts}/output_dir/.winnow"


def test_a_mounted_shared_folder_is_used(mounts: Path) -> None:
    (mounts / "shared_dir").mkdir()
    assert f"shared_dir={mounts}/shared_dir" in run(mounts, "checkpoint=a.ckpt").stdout.splitlines()


def test_without_an_input_folder_an_embeddings_file_can_still_be_used(mounts: Path) -> None:
    (mounts / "input_dir").rmdir()
    arguments = run(mounts, "embeddings=a.csv").stdout.splitlines()
    assert not [argument for argument in arguments if argument.startswith("input_dir=")]


def test_a_missing_output_folder_is_an_error(mounts: Path) -> None:
    (mounts / "output_dir").rmdir()
    done = run(mounts, "token=X")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "output_dir is not mounted; add -v" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["--help"], ["run", "--help"]),
        (["sanity_check=True"], ["run", "sanity_check=True"]),
        (["token=x", "sanity_check=TRUE"], ["run", "token=x", "sanity_check=TRUE"]),
        (["ui", "--port", "80"], ["ui", "--host", "0.0.0.0", "--port", "80"]),
        (["serve", "--port", "80"], ["serve", "--host", "0.0.0.0", "--port", "80"]),
        (["api"], ["api", "--host", "0.0.0.0"]),
        (["token=x", "worker.worker_id=0a"], ["run", "token=x", "worker.worker_id=0a"]),
        (["worker_id=0a", "token=x"], ["run", "worker_id=0a", "token=x"]),
        (["run", "a=b"], ["run", "a=b"]),
    ],
)
def test_other_commands(mounts: Path, arguments: list[str], command: list[str]) -> None:
    assert run(mounts, *arguments).stdout.splitlines()[:-1] == command


def test_dictionaries_run_the_main_job_too(mounts: Path) -> None:
    arguments = run(mounts, "--selection-config", "a.json", "token=X").stdout.splitlines()[:-1]
    assert arguments[0] == "run"
    assert arguments[-3:] == ["--selection-config", "a.json", "token=X"]
