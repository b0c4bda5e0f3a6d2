"""One asset alone: its upstream tables lie in a state folder of the test, and all that it makes is handed back.

Tables that a test does not write by hand are those that an earlier call in the same test made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from dagster import (
    AssetCheckEvaluation,
    AssetKey,
    DagsterInstance,
    ExecuteInProcessResult,
    Failure,
    build_output_context,
    materialize,
)
from upath import UPath

from configs.run_settings import to_run_config
from resources.dataset_settings import store_settings
from resources.run import FOLDER_TAG
from resources.tables import Table, TableIOManager, read_table
from selection_assets.definitions import ASSETS, RESOURCES
from selection_assets.partitions import datasets

DATASET = "shapes"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SMALL_MODEL = {"model": {"name": "resnet-9", "width": 0.125, "num_ftrs": 16}}
ON_CPU = {"trainer": {"gpus": 0}, "loader": {"num_workers": 1}}


@dataclass(frozen=True)
class Made:
    """What a step made. versions: the data versions that Dagster keeps."""

    tables: Mapping[str, Table]
    metadata: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, str]
    checks: Mapping[str, AssetCheckEvaluation]
    folder: Path
    run_id: str

    @property
    def log(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8")

    @property
    def files(self) -> set[str]:
        """Names of the files that the step wrote, without logs and settings."""
        names = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        return {name for name in names if not name.startswith("config/") and name not in ("log.txt", "memlog.txt")}

    def names(self, file: str) -> list[str]:
        """The lines of a list."""
        return (self.folder / file).read_text(encoding="utf-8").splitlines()

    def csv(self, file: str) -> dict[str, list[Any]]:
        """The columns of a CSV file."""
        return pl.read_csv(self.folder / file).to_dict(as_series=False)


class Alone:
    """Materialises one step of the dataset `shapes`."""

    def __init__(self, root: Path) -> None:
        self.home, self.input, self.shared = (root / name for name in ("home", "input", "shared"))
        self.output = root / "output"
        for folder in (self.home, self.input, self.shared):
            folder.mkdir()
        self._count = 0

    def write(self, **tables: Table | pl.DataFrame) -> None:
        """Tables of upstream assets."""
        manager = TableIOManager(base_path=UPath(self.home / "tables"))
        for name, given in tables.items():
            context = build_output_context(asset_key=AssetKey(name), partition_key=DATASET)
            manager.handle_output(context, given if isinstance(given, Table) else Table(given))

    def __call__(self, step: str, run_config: Mapping[str, Any] | None = None, **named: dict[str, Any]) -> Made:
        """named: what is stored with the dataset, by stage; folders are set where they are not named."""
        self._count += 1
        folders = {"input_dir": str(self.input), "shared_dir": str(self.shared)}
        store_settings(DATASET, {"datasource": folders, "run_folder": {"output_dir": str(self.output)}, **named})
        of_run = {"run_folder": {"run_directory": f"run-{self._count}"}, **(run_config or {})}
        keys = next(each for each in ASSETS if each.node_def.name == step).keys
        with DagsterInstance.ephemeral() as instance:
            instance.add_dynamic_partitions(str(datasets.name), [DATASET])
            result = materialize(
                ASSETS,
                selection=sorted(keys),
                partition_key=DATASET,
                resources=RESOURCES,
                run_config={**to_run_config(of_run), **QUIET},
                instance=instance,
            )
            run = instance.get_run_by_id(result.run_id)
            assert run is not None
            folder = self.output / f"run-{self._count}"
            assert run.tags.get(FOLDER_TAG, "") in ("", str(folder))
            return self._made(result, folder)

    def fault(self, step: str, **named: dict[str, Any]) -> str:
        """The one line with which the step fails."""
        with pytest.raises(Failure) as caught:
            self(step, **named)
        assert caught.value.description is not None
        assert "\n" not in caught.value.description
        return caught.value.description

    def table(self, name: str) -> Table:
        return read_table(self.home / "tables" / name / f"{DATASET}.parquet")

    def _made(self, result: ExecuteInProcessResult, folder: Path) -> Made:
        events = [
            event.step_materialization_data.materialization for event in result.get_asset_materialization_events()
        ]
        by_name = {event.asset_key.path[-1]: event for event in events}
        return Made(
            {name: self.table(name) for name in by_name},
            {name: {key: value.value for key, value in event.metadata.items()} for name, event in by_name.items()},
            {name: (event.tags or {})["dagster/data_version"] for name, event in by_name.items()},
            {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()},
            folder,
            result.run_id,
        )


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Alone:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return Alone(tmp_path)
