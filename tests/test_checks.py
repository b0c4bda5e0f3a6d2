import numpy as np
import polars as pl
import pytest

from configs.stages.dedup import NormalizationConfig
from configs.stages.selection import SelectionConfig, StoppingConditionConfig
from selection_assets import checks


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
    assert checks.corrupt_share(table).passed is passed


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
    assert checks.finite_vectors(vectors(bad)).metadata["rows"].value == 13


def test_unit_norms() -> None:
    on, off = NormalizationConfig(), NormalizationConfig(normalize_embeddings=False)
    assert checks.unit_norms(vectors(np.array([[0.6, 0.8], [0.0, 0.0]])), on).passed
    assert not checks.unit_norms(vectors(np.array([[0.6, 0.9]])), on).passed
    assert checks.unit_norms(vectors(np.array([[3.0, 4.0]])), off).passed


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


def test_partition_of_the_input() -> None:
    table = selection(["selected", "removed"])
    assert checks.partition_of_the_input(table, table).passed
    assert not checks.partition_of_the_input(table, table.head(1)).passed
    assert not checks.partition_of_the_input(selection(["selected", "lost"]), table).passed
    assert checks.partition_of_the_input(selection(["datapool", "removed", "datapool"], beyond=1), table).passed
    assert not checks.partition_of_the_input(selection(["selected", "removed", "removed"], beyond=1), table).passed


def test_a_share_is_that_of_the_input_and_not_of_the_datapool() -> None:
    half = SelectionConfig(stopping_condition=StoppingConditionConfig(proportion_samples=0.5))
    table = selection(["selected", "removed", "datapool", "datapool"], beyond=2)
    assert checks.selection_count(table, half).metadata["asked_for"].value == 1
