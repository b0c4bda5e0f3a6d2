"""A run that is killed, at the end of a step or at any moment; the same command again ends as if nothing had been.

The report is JSON alone: pages and plots take most of the time, and are put in place as its last files are.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from dagster import AssetKey, DagsterInstance, DagsterRunStatus

from configs.spellings.flat_options import parse_flat_options
from resources.catalog.datasets import add_dataset
from resources.catalog.processed_files import ProcessedFiles
from resources.instance import dagster_instance
from resources.tables import read_table
from tests.e2e.conftest import SMALL_MODEL, draw_pictures
from tests.resources.catalog.postgres_server import postgres, programs

COUNT = 8
FILES = COUNT + 5  # with copies and broken ones
HEALTHY = COUNT + 2
STEPS = [
    "input_samples", "checked_samples", "checkpoint", "datapool_members", "embeddings", "dedup_sets",
    "normalized_embeddings", "selected_samples", "exported_samples", "report", "processed_files",
]  # fmt: skip
KILLS = int(os.environ.get("WINNOW_TEST_KILLS", "200"))  # at random moments, for each kind of database

# `winnow …`, which kills itself as soon as Dagster knows that a step has ended; "": never.
COMMAND = """
import os, signal, sys
from dagster import DagsterInstance
import selection_assets.assets.report
from selection_assets.command.main import entry
from tests.e2e.json_report import write_json_report

if __name__ == "__main__":
    last = sys.argv.pop(1)
    selection_assets.assets.report.write_report = write_json_report
    handle = DagsterInstance.handle_new_event

    def until(self, entry, **options):
        handle(self, entry, **options)
        event = entry.dagster_event
        if event and event.event_type_value == "STEP_SUCCESS" and event.step_key == last:
            os.kill(os.getpid(), signal.SIGKILL)

    DagsterInstance.handle_new_event = until
    sys.exit(entry())
"""


@dataclass(frozen=True)
class Place:
    """A state folder with the dataset `name`, which its runs share; where their folders are, and the command."""

    home: Path
    output: Path
    name: str
    script: Path

    def start(self, last: str = "") -> subprocess.Popen[str]:
        path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
        return subprocess.Popen(
            [sys.executable, self.script, last, "run", f"dataset={self.name}"],
            env={**os.environ, "DAGSTER_HOME": str(self.home), "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def killed_after(self, step: str) -> None:
        process = self.start(step)
        said = process.communicate(timeout=300)
        assert process.returncode == -signal.SIGKILL, said

    def ended(self) -> str:
        """The last line of a run that nobody disturbs."""
        process = self.start()
        out, error = process.communicate(timeout=300)
        assert (process.returncode, error) == (0, ""), out
        return out.splitlines()[-1]

    def processed(self) -> int:
        return ProcessedFiles(self.name).count()

    def tables(self) -> dict[str, pl.DataFrame]:
        """What every step left, without what names a run."""
        return {
            step: read_table(self.home / "tables" / step / f"{self.name}.parquet").frame
            for step in (*STEPS, "thumbnails")
            if (self.home / "tables" / step / f"{self.name}.parquet").exists()
        }

    def figures(self, instance: DagsterInstance, asset: str, run_id: str) -> dict[str, Any]:
        """What the run told of an asset that it made."""
        entries = instance.get_records_for_run(run_id).records
        made = [
            entry.event_log_entry.asset_materialization
            for entry in entries
            if entry.event_log_entry.asset_materialization
        ]
        (found,) = [each for each in made if each.asset_key == AssetKey(asset)]
        return {name: value.value for name, value in found.metadata.items()}


def results(folder: Path) -> dict[str, bytes]:
    """The files of a run whose content does not tell when and where it ran."""
    wanted = [*folder.glob("filenames/*"), *folder.glob("data/**/*"), folder / "removed_samples.csv"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in wanted if path.is_file()}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("few")
    draw_pictures(folder, COUNT)
    return folder


def new_place(root: Path, pictures: Path, name: str) -> Place:
    """The environment must name the state folder already."""
    options = (*SMALL_MODEL, "stopping_condition.n_samples=0.5", "dump_dataset=True", "lightly.loader.num_workers=1")
    settings = parse_flat_options([f"input_dir={pictures}", f"output_dir={root / f'out-{name}'}", *options])
    add_dataset(name, settings.named)
    script = root / "command.py"
    script.write_text(COMMAND, encoding="utf-8")
    return Place(root / "home", root / f"out-{name}", name, script)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def undisturbed(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, bytes], Any]]:
    """Files and tables of a run that nobody disturbs."""
    root = tmp_path_factory.mktemp("undisturbed")
    (root / "home").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(root / "home"))
        patch.delenv("WINNOW_DATABASE_URL", raising=False)
        place = new_place(root, pictures, "whole")
        folder = Path(place.ended())
        assert place.processed() == FILES
        yield results(folder), place.tables()


def assert_same(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    assert found.keys() == expected.keys()
    assert [step for step, frame in found.items() if not frame.equals(expected[step])] == []


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(["checked_samples", "embeddings", "report"], id="dear"),
        pytest.param(STEPS[:-1], id="all", marks=pytest.mark.slow),
    ],
)
def test_killed_after_one_step_after_another(
    home: Path, pictures: Path, undisturbed: tuple[dict[str, bytes], Any], tmp_path: Path, steps: list[str]
) -> None:
    """The first try gets as far as the first of these steps, the second one as far as the second, and so on."""
    files, tables = undisturbed
    assert len([name for name in files if name.startswith("data/sampled/")]) == 6
    place = new_place(tmp_path, pictures, "cats")
    for step in steps:
        place.killed_after(step)
        assert place.processed() == 0
    folder = Path(place.ended())
    assert place.processed() == FILES
    assert results(folder) == files
    assert_same(place.tables(), tables)
    with dagster_instance() as instance:
        *killed, last = sorted(instance.get_run_records(), key=lambda record: record.create_timestamp)
        assert [each.dagster_run.status for each in killed] == [DagsterRunStatus.FAILURE] * len(steps)
        assert last.dagster_run.status == DagsterRunStatus.SUCCESS
        runs = {name: each.dagster_run.run_id for name, each in zip([*steps, "end"], [*killed, last], strict=True)}

        def told(asset: str) -> list[dict[str, Any]]:
            reached = [run for name, run in runs.items() if name == "end" or STEPS.index(name) >= STEPS.index(asset)]
            return [place.figures(instance, asset, run) for run in reached]

        first, *others = told("checked_samples")
        assert (first["taken_from_cache"], {made["taken_from_cache"] for made in others}) == (0, {FILES})
        first, *others = told("embeddings")
        assert (first["embedded"], first["taken_from_cache"]) == (COUNT, 0)  # copies once
        assert {(made["embedded"], made["taken_from_cache"]) for made in others} == {(0, COUNT)}
    logs = [path.read_text(encoding="utf-8") for path in place.output.rglob("log.txt")]
    assert sum(text.endswith("ERROR The process of this run was killed.\n") for text in logs) == len(logs) - 1
    assert place.ended() == "Nothing was done."


def test_killed_when_all_is_done(
    home: Path, pictures: Path, undisturbed: tuple[dict[str, bytes], Any], tmp_path: Path
) -> None:
    """Its results are there, and its files are not taken again."""
    place = new_place(tmp_path, pictures, "cats")
    place.killed_after("processed_files")
    (folder,) = (path.parent for path in place.output.rglob("report.json"))
    assert results(folder) == undisturbed[0]
    assert place.processed() == FILES
    assert place.ended() == "Nothing was done."
    assert_same(place.tables(), undisturbed[1])


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "sqlite":
        monkeypatch.delenv("WINNOW_DATABASE_URL", raising=False)
        yield "sqlite"
        return
    if programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="winnow-postgres-") as folder, postgres(Path(folder)) as url:
        monkeypatch.setenv("WINNOW_DATABASE_URL", url)
        yield "postgresql"


@pytest.mark.slow
def test_killed_at_any_moment(
    catalog: str, home: Path, pictures: Path, undisturbed: tuple[dict[str, bytes], Any], tmp_path: Path
) -> None:
    """Fewer times with WINNOW_TEST_KILLS=…: the moments are spread over the whole run."""
    files, tables = undisturbed
    random.seed(0)
    first = new_place(tmp_path, pictures, "first")
    began = time.monotonic()
    first.ended()
    seconds = time.monotonic() - began
    ends: dict[bool, int] = {True: 0, False: 0}
    for number in range(KILLS):
        place = new_place(tmp_path, pictures, f"cats-{number}")
        for path in home.glob("cache.sqlite*"):
            path.unlink()
        process = place.start()
        time.sleep(random.uniform(0.1, 1.0) * seconds)
        process.kill()
        process.communicate(timeout=60)
        done = place.processed()
        assert done in (0, FILES), f"kill {number}: {done} files are processed"
        last = place.ended()
        assert (last == "Nothing was done.") == (done == FILES), f"kill {number}"
        whole = [path.parent for path in place.output.rglob("report.json")] if done else [Path(last)]
        assert results(whole[-1]) == files, f"kill {number}"
        assert_same(place.tables(), tables)
        assert place.processed() == FILES
        ends[done == FILES] += 1
        shutil.rmtree(place.output)
    assert ends[False] > 0
