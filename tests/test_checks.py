from pathlib import Path

import numpy as np
import polars as pl
import pytest
from dagster import AssetCheckKey, AssetCheckSpec, AssetKey, DagsterInstance, build_output_context, materialize
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from upath import UPath

from configs.stages.dedup import NormalizationConfig
from configs.stages.selection import SelectionConfig, StoppingConditionConfig
from resources.tables import Table, TableIOManager
from selection_assets import checks
from selection_assets.definitions import ASSETS, RESOURCES
from selection_assets.partitions import datasets
from selection_assets.stages.selection.outcome import STATUSES


def vectors(rows: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "filename": [f"{i}.jpg" for i in range(len(rows))],
            "embedding": pl.Series(rows.astype(np.float32), dtype=pl.Array(pl.Float32, rows.shape[1])),
        }
    )


def selection(statuses: list[str], distances: list[float | None] | None = None, beyond: int = 0) -> pl.DataFrame:
    """A table of what became of samples; the last `beyond` are not in the input."""
    return pl.DataFrame(
        {
            "filename": [f"{i}.jpg" for i in range(len(statuses))],
            "status": statuses,
            "distance": pl.Series(distances or [None] * len(statuses), dtype=pl.Float64),
            "in_input": [i < len(statuses) - beyond for i in range(len(statuses))],
        }
    )


def asking(n_samples: int | None = None, min_distance: float | None = None) -> SelectionConfig:
    return SelectionConfig(stopping_condition=StoppingConditionConfig(n_samples=n_samples, min_distance=min_distance))


@pytest.mark.parametrize(("corrupt", "passed"), [(0, True), (2, True), (3, False)])
def test_corrupt_share(corrupt: int, passed: bool) -> None:
    table = pl.DataFrame({"healthy": [False] * corrupt + [True] * (10 - corrupt)})
    found = checks.corrupt_share(table)
    assert found.passed is passed
    assert found.metadata["corrupt_share"].value == pytest.approx(corrupt / 10)


def test_corrupt_share_of_one_and_of_none() -> None:
    for healthy, share in (([True], 0.0), ([False], 1.0)):
        table = pl.DataFrame({"healthy": healthy})
        assert checks.corrupt_share(table).metadata["corrupt_share"].value == share


def test_finite_vectors() -> None:
    good = np.ones((3, 2))
    assert checks.finite_vectors(vectors(good)).passed
    good[1, 0] = np.nan
    result = checks.finite_vectors(vectors(good))
    assert not result.passed
    assert result.metadata["first"].value == "['1.jpg']"
    assert result.metadata["rows"].value == 1
    assert checks.finite_vectors(vectors(np.ones((3, 2)))).metadata["rows"].value == 0
    bad = np.ones((20, 2))
    bad[3:16, 1] = np.inf
    found = checks.finite_vectors(vectors(bad)).metadata
    assert found["rows"].value == 13
    assert found["first"].value == str([f"{row}.jpg" for row in range(3, 13)])


def test_unit_norms() -> None:
    on, off = NormalizationConfig(), NormalizationConfig(normalize_embeddings=False)
    assert checks.unit_norms(vectors(np.array([[0.6, 0.8], [0.0, 0.0]])), on).passed
    assert not checks.unit_norms(vectors(np.array([[0.6, 0.9]])), on).passed
    assert checks.unit_norms(vectors(np.array([[3.0, 4.0]])), off).passed
    for length, passed in ((1.0009, True), (1.0011, False), (0.9991, True), (0.9989, False), (0.5, False)):
        found = checks.unit_norms(vectors(np.array([[length, 0.0], [0.0, 1.0]])), on)
        assert found.passed is passed
        assert found.metadata["largest_difference_from_1"].value == pytest.approx(abs(length - 1), abs=1e-6)
    nothing = checks.unit_norms(vectors(np.zeros((2, 2))), on)
    assert nothing.passed and nothing.metadata["largest_difference_from_1"].value == 0


@pytest.mark.parametrize(
    ("statuses", "n_samples", "passed"),
    [
        (["selected", "removed"], 1, True),
        (["selected", "selected"], 1, False),
        (["removed", "removed"], 1, False),
        (["preselected", "preselected", "removed"], 1, True),
        (["selected", "selected"], None, True),
        (["datapool", "removed"], 1, True),
        (["datapool", "selected", "selected"], 1, False),
    ],
)
def test_selection_count(statuses: list[str], n_samples: int | None, passed: bool) -> None:
    assert checks.selection_count(selection(statuses), asking(n_samples)).passed is passed


def test_min_distance_held() -> None:
    table = selection(["selected", "selected", "removed"], [None, 0.5, 0.1])
    assert checks.min_distance_held(table, asking(min_distance=0.5)).passed
    assert not checks.min_distance_held(table, asking(min_distance=0.6)).passed
    assert checks.min_distance_held(table, asking()).passed
    assert checks.min_distance_held(table, asking(min_distance=0.500009)).passed
    assert not checks.min_distance_held(table, asking(min_distance=0.500011)).passed
    assert checks.min_distance_held(table, asking(min_distance=0.5)).metadata["smallest_distance"].value == 0.5
    first = checks.min_distance_held(selection(["selected", "removed"], [None, 0.1]), asking(min_distance=0.5))
    assert first.passed and not first.metadata


def test_partition_of_the_input() -> None:
    table = selection(["selected", "removed"])
    assert checks.partition_of_the_input(table, table).passed
    assert not checks.partition_of_the_input(table, table.head(1)).passed
    assert not checks.partition_of_the_input(selection(["selected", "lost"]), table).passed
    assert checks.partition_of_the_input(selection(["datapool", "removed", "datapool"], beyond=1), table).passed
    for status in STATUSES:
        beyond = selection(["selected", "removed", status], beyond=1)
        assert checks.partition_of_the_input(beyond, table).passed == (status == "datapool")


def test_only_many_corrupt_samples_leave_the_run_going() -> None:
    specs = [each for each in vars(checks).values() if isinstance(each, AssetCheckSpec)]
    assert len(specs) == 7
    assert [spec.name for spec in specs if not spec.blocking] == ["corrupt_share", "up_to_date"]


def test_a_share_is_that_of_the_input_and_not_of_the_datapool() -> None:
    half = SelectionConfig(stopping_condition=StoppingConditionConfig(proportion_samples=0.5))
    table = selection(["selected", "removed", "datapool", "datapool"], beyond=2)
    assert checks.selection_count(table, half).metadata["asked_for"].value == 1


def test_a_check_that_fails_for_one_dataset_does_not_concern_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is normalised, only one dataset has unit vectors."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("selection_assets.assets.normalized_embeddings.normalize_rows", lambda rows: rows)
    numbers = pl.DataFrame({"label_number": [0, 0]})
    dedup = pl.DataFrame({"filename": ["0.jpg", "1.jpg"], "kept": [True, True]})
    for dataset, value in (("bad", 3.0), ("good", 1.0)):
        table = vectors(np.array([[value, 0.0], [0.0, 1.0]])).hstack(numbers)
        for asset, frame in (("embeddings", table), ("dedup_sets", dedup)):
            context = build_output_context(asset_key=AssetKey(asset), partition_key=dataset)
            TableIOManager(base_path=UPath(tmp_path / "home" / "tables")).handle_output(context, Table(frame))
    config = {
        "resources": {
            "datasource": {"config": {"input_dir": str(tmp_path)}},
            "run_folder": {"config": {"output_dir": str(tmp_path / "out")}},
        },
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    key = AssetCheckKey(AssetKey("normalized_embeddings"), "unit_norms")
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(datasets.name), ["bad", "good"])
        passed = {}
        for dataset in ("bad", "good"):
            result = materialize(
                ASSETS,
                selection=["normalized_embeddings"],
                partition_key=dataset,
                resources=RESOURCES,
                run_config=config,
                instance=instance,
                raise_on_error=dataset == "good",
            )
            passed[dataset] = result.success
        records = instance.event_log_storage.get_asset_check_execution_history(key, limit=9)
        found = {record.partition: record.status for record in records}
    assert passed == {"bad": False, "good": True}
    assert found == {"bad": AssetCheckExecutionRecordStatus.FAILED, "good": AssetCheckExecutionRecordStatus.SUCCEEDED}
    (log,) = (
        path.read_text(encoding="utf-8")
        for path in (tmp_path / "out").glob("*/*/log.txt")
        if "ERROR" in path.read_text()
    )
    assert log.rstrip().splitlines()[-1].endswith("ERROR The check unit_norms failed: largest_difference_from_1=2.0.")
