import csv
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.assets.conftest import Alone, Made
from tests.assets.small_tables import NO_MODEL
from tests.stages.selection.run_tables import run_tables

SCORES = {"input": {"type": "SCORES", "score": "al_score"}, "strategy": {"type": "WEIGHTS"}}


@pytest.fixture
def tables(alone: Alone) -> pl.DataFrame:
    """The unique ones: a c e g h b j i on a line, see `run_tables`."""
    checked, dedup, unique = run_tables()
    unique = unique.with_columns(label_number=pl.int_range(len(unique)) * 10)
    alone.write(checkpoint=NO_MODEL, checked_samples=checked, dedup_sets=dedup, normalized_embeddings=unique)
    return unique


def selected(alone: Alone, **fields: Any) -> Made:
    return alone(
        "selected_samples",
        input_samples={"embeddings": "e.csv"},
        normalized_embeddings={"normalize_embeddings": False},
        selected_samples=fields,
    )


def test_every_column(alone: Alone, tables: pl.DataFrame) -> None:
    frame = selected(alone, stopping_condition={"n_samples": 3}).tables["selected_samples"].frame
    assert frame.columns == [
        "filename", "label", "status", "order", "reason", "nearest_selected", "distance", "in_input",
        "gain: EMBEDDINGS × DIVERSITY",
    ]  # fmt: skip
    rows = {row["filename"]: row for row in frame.iter_rows(named=True)}
    assert list(rows) == ["a", "b", "c", "d", "e", "f", "g", "h", "j", "i"]
    assert {name: row["status"] for name, row in rows.items()} == {
        "a": "selected", "b": "removed", "c": "selected", "d": "duplicate", "e": "masked", "f": "corrupt",
        "g": "preselected", "h": "datapool", "j": "masked", "i": "datapool",
    }  # fmt: skip
    assert [name for name, row in rows.items() if not row["in_input"]] == ["i"]
    assert {name: row["order"] for name, row in rows.items() if row["order"] is not None} == {"a": 0, "c": 1}
    assert {name: row["distance"] for name, row in rows.items() if row["distance"] is not None} == {
        "a": 20.0, "b": 1.0, "c": 10.0,
    }  # fmt: skip
    assert (rows["b"]["nearest_selected"], rows["a"]["nearest_selected"]) == ("a", "g")
    assert rows["d"]["reason"] == "exact duplicate of c"
    assert rows["f"]["reason"] == "damaged"
    assert frame["label"].to_list()[0] == "x"


def test_every_file(alone: Alone, tables: pl.DataFrame) -> None:
    made = selected(alone, stopping_condition={"n_samples": 3})
    lists = ("sampled", "sampled_filenames_excluding_datapool", "removed", "masked")
    assert made.files == {
        *(f"filenames/{name.removesuffix('_filenames')}_filenames.txt" for name in lists if "excluding" not in name),
        "filenames/sampled_filenames_excluding_datapool.txt",
        "removed_samples.csv",
        "data/selected_embeddings.csv",
        "data/selected_embeddings_including_datapool.csv",
    }
    assert made.names("filenames/sampled_filenames.txt") == ["a", "c", "g", "h", "i"]
    assert made.names("filenames/sampled_filenames_excluding_datapool.txt") == ["a", "c"]
    assert made.names("filenames/removed_filenames.txt") == ["b"]
    assert made.names("filenames/masked_filenames.txt") == ["e", "j"]
    with (made.folder / "removed_samples.csv").open(encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["filename", "nearest_selected_filename", "distance", "reason"],
            ["b", "a", "1.0", "not picked before the selection stopped"],
        ]
    kept = tables.filter(pl.col("filename").is_in(["a", "c", "g", "h", "i"]))
    for name in ("selected_embeddings", "selected_embeddings_including_datapool"):
        written = made.csv(f"data/{name}.csv")
        assert written["filenames"] == kept["filename"].to_list()
        assert written["labels"] == kept["label_number"].to_list()
        assert np.array([written["embedding_0"], written["embedding_1"]]).T.tolist() == kept["embedding"].to_list()
    assert "Sampling dataset with stopping condition: n_samples=3" in made.log
    assert "Sampled 2 images." in made.log
    path = made.folder / "removed_samples.csv"
    assert f"Writing csv with information about removed samples to {path}" in made.log


def test_facts_metadata_and_checks(alone: Alone, tables: pl.DataFrame) -> None:
    made = selected(alone, stopping_condition={"n_samples": 3})
    facts = made.tables["selected_samples"].facts
    counts = {
        "input": 9, "corrupt": 1, "duplicate": 1, "masked": 2, "preselected": 1, "selected": 2, "removed": 1,
        "datapool": 2,
    }  # fmt: skip
    assert facts["counts"] == counts
    assert facts["stop_reason"] == "n_samples reached: 2 new samples were asked for"
    assert facts["config"]["stopping_condition"]["n_samples"] == 3
    about = made.metadata["selected_samples"]
    assert {name: about[name] for name in counts} == counts
    assert about["stop_reason"] == facts["stop_reason"]
    assert about["goals"] == facts["goals"]
    assert facts["goals"][0]["reached"]["smallest_distance"] == 10.0
    assert about["preview"].index("| a |") < about["preview"].index("| c |")
    assert {name: check.passed for name, check in made.checks.items()} == {
        "selection_count": True, "min_distance_held": True, "partition_of_the_input": True,
    }  # fmt: skip
    assert made.checks["selection_count"].metadata["selected"].value == 3
    assert made.checks["min_distance_held"].metadata["smallest_distance"].value == 10.0


def test_scores_that_were_used_are_written_for_every_unique_sample(alone: Alone, tables: pl.DataFrame) -> None:
    made = selected(alone, n_samples=2, strategies=[SCORES])
    written = made.csv("data/al_score_embeddings.csv")
    assert written["filenames"] == tables["filename"].to_list()
    scores = dict(zip(written["filenames"], written["al_score"], strict=True))
    assert scores == {"a": 0.1, "b": 0.9, "c": 0.5, "e": 0.0, "g": 0.3, "h": 0.0, "i": 0.0, "j": 0.0}
    assert written["labels"] == tables["label_number"].to_list()
    assert made.names("filenames/sampled_filenames_excluding_datapool.txt") == ["b"]


def test_vectors_are_not_written_where_they_are_not_asked_for(alone: Alone, tables: pl.DataFrame) -> None:
    made = selected(alone, stopping_condition={"n_samples": 3}, dump_sampled_embeddings=False)
    assert not {name for name in made.files if name.startswith("data/")}
