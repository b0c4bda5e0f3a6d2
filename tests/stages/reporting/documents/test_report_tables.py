import copy
import json
from typing import Any

import pytest

from selection_assets.stages.reporting.documents.report_tables import content_table, counts_table

REPORT: dict[str, Any] = {
    "job": {"run_id": "1"},
    "timings": {"embeddings": 2.0},
    "plots": {"pca": "/out/run/plots/pca.png"},
    "counts": {"input": 3, "selected": 2},
    "embedding": {
        "model": "m", "dimensions": 2, "input_size": 64, "seconds": 2.0, "images_per_second": 1.5,
        "compute_efficiency": 0.5,
    },
    "training": {"losses": [1.0], "seconds": 3.0, "images_per_second": 5.0, "loading_share": 0.1},
    "config": {
        "options": {"output_dir": "/out", "run_directory": "run", "input_dir": "/in"},
        "typed": {"run_folder": {"output_dir": "/out"}, "datasource": {"input_dir": "/in"}},
    },
}  # fmt: skip


def test_the_content_is_what_was_decided() -> None:
    (content,) = content_table(REPORT)["json"]
    assert json.loads(content) == {
        "counts": {"input": 3, "selected": 2},
        "embedding": {"model": "m", "dimensions": 2, "input_size": 64},
        "training": {"losses": [1.0]},
        "config": {"options": {"input_dir": "/in"}, "typed": {"datasource": {"input_dir": "/in"}}},
    }


@pytest.mark.parametrize(
    ("part", "name", "changes"),
    [
        ("job", "run_id", False),
        ("timings", "embeddings", False),
        ("embedding", "seconds", False),
        ("embedding", "model", True),
        ("training", "loading_share", False),
        ("training", "losses", True),
        ("counts", "selected", True),
    ],
)
def test_what_changes_the_content(part: str, name: str, changes: bool) -> None:
    other = copy.deepcopy(REPORT)
    other[part][name] = "another"
    assert content_table(other).equals(content_table(REPORT)) is not changes


def test_a_run_without_model_and_training() -> None:
    (content,) = content_table({**REPORT, "embedding": None, "training": None})["json"]
    assert json.loads(content)["embedding"] is json.loads(content)["training"] is None


def test_counts() -> None:
    assert counts_table(REPORT).rows() == [("input", "3"), ("selected", "2")]
