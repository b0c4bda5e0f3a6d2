"""From small tables to what the report is told."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from configs.run_settings import plain
from configs.stages.selection import SelectionConfig
from selection_assets.stages.reporting.facts.build_facts import (
    ThisRun,
    build_facts,
    datapool_change,
    embedding_facts,
    selection_facts,
    training_facts,
)
from selection_assets.stages.reporting.facts.report_facts import CorruptSample, DatapoolChange, ReportFacts

STARTED = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)
TRAINING = {
    "source": "trained on 8 images", "checkpoint": "lightly_epoch_1.ckpt", "losses": [2.0, 1.0], "best_epoch": 1,
    "images": 8, "batch_size": 4, "device": "cpu", "precision": "32", "seconds": 3.5, "images_per_second": 4.6,
    "loading_share": 0.25,
}  # fmt: skip
EMBEDDING = {
    "model": "resnet-18", "input_size": 64, "device": "cpu", "seconds": 2.5, "images_per_second": 3.2,
    "compute_efficiency": 0.9, "dimensions": 2,
}  # fmt: skip
# name, label, status, order, nearest, distance, gain, in_input, reason
ROWS = [
    ("q/a.jpg", "q", "selected", 1, "q/c.jpg", 0.5, 0.25, True, "picked"),
    ("q/b.jpg", "q", "removed", None, "q/a.jpg", 0.1, None, True, "not picked"),
    ("q/c.jpg", "q", "selected", 0, None, None, None, True, "picked"),
    ("q/d.jpg", "q", "corrupt", None, None, None, None, True, "truncated"),
    ("r/e.jpg", "r", "duplicate", None, None, None, None, True, "exact duplicate of q/a.jpg"),
    ("r/f.jpg", "r", "masked", None, None, None, None, True, "masked: takes no part"),
    ("r/g.jpg", "r", "preselected", None, None, None, None, True, "selected before this run"),
    ("r/h.jpg", "r", "datapool", None, None, None, None, True, "in the datapool before this run"),
    ("z/old.jpg", "z", "datapool", None, None, None, None, False, "in the datapool before this run"),
    ("r/i.jpg", "r", "corrupt", None, None, None, None, True, "empty file"),
]
UNIQUE = ["r/h.jpg", "q/a.jpg", "q/b.jpg", "q/c.jpg", "r/f.jpg", "r/g.jpg", "z/old.jpg"]  # an order of its own


def selected_samples() -> pl.DataFrame:
    names = ("filename", "label", "status", "order", "nearest_selected", "distance", "gain: far", "in_input", "reason")
    return pl.DataFrame(ROWS, schema=list(names), orient="row", infer_schema_length=None)


def unique_samples() -> pl.DataFrame:
    vectors = np.arange(2 * len(UNIQUE), dtype=np.float32).reshape(-1, 2)
    return pl.DataFrame(
        {
            "filename": UNIQUE,
            "label": [name[0] for name in UNIQUE],
            "datapool": [name in ("r/h.jpg", "z/old.jpg") for name in UNIQUE],
            "masked": [name == "r/f.jpg" for name in UNIQUE],
            "embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, 2)),
        }
    )


def checked_samples() -> pl.DataFrame:
    names = [row[0] for row in ROWS if row[7]]
    return pl.DataFrame(
        {
            "filename": names[::-1],
            "width": range(len(names)),
            "height": [480] * len(names),
            "sharpness": np.arange(len(names)) / 2,
            "snr": [None] * len(names),
            "luminance": [0.5] * len(names),
        },
        schema_overrides={"snr": pl.Float64},
    )


def step(name: str, seconds: float, warnings: list[str], **settings: Any) -> dict[str, Any]:
    return {"name": name, "seconds": seconds, "warnings": warnings, "settings": settings}


def selection_config(**changes: Any) -> dict[str, Any]:
    return plain(SelectionConfig()) | changes


def table_facts() -> dict[str, dict[str, Any]]:
    stopping = {"n_samples": 2, "proportion_samples": None, "min_distance": 0.3}
    config = selection_config(stopping_condition=stopping)
    return {
        "selected_samples": {
            "step": step("selected_samples", 0.5, ["few samples"], **config),
            "config": config,
            "goals": [{"label": "EMBEDDINGS × DIVERSITY"}],
            "stop_reason": "n_samples reached: 2 were asked for",
        },
        "checked_samples": {"step": step("checked_samples", 4.0, ["a small file"], max_pixels=123_456)},
        "thumbnails": {"step": step("checked_samples", 4.0, ["a small file"], max_pixels=123_456)},
        "checkpoint": {"step": step("checkpoint", 3.5, []), "training": TRAINING},
        "embeddings": {"step": step("embeddings", 2.5, ["few samples"]), "embedding": EMBEDDING},
    }


def this_run(**settings: dict[str, Any]) -> ThisRun:
    return ThisRun(
        version="9.8.7",
        dataset="harbour",
        run_id="run-2",
        started=STARTED,
        settings={"datasource": {"input_dir": "/in"}, "report": {"n_example_images": 4}, **settings},
        warnings=["disk nearly full", "a small file"],
    )


def build(run: ThisRun | None = None, facts: dict[str, dict[str, Any]] | None = None) -> ReportFacts:
    return build_facts(
        run or this_run(),
        checked_samples(),
        unique_samples(),
        selected_samples(),
        facts or table_facts(),
        lambda name: name.encode(),
        STARTED + timedelta(seconds=90.5),
    )


def test_job_and_counts() -> None:
    facts = build()
    assert vars(facts.job) == {
        "version": "9.8.7", "dataset": "harbour", "run_id": "run-2", "input_dir": "/in", "files_processed": 9,
        "started_at": "2026-01-02T03:04:05+00:00", "ended_at": "2026-01-02T03:05:36+00:00", "duration_seconds": 90.5,
    }  # fmt: skip
    assert vars(facts.counts) == {
        "input": 9, "corrupt": 2, "duplicates": 1, "masked": 1, "preselected": 1, "datapool": 2, "selected": 2,
        "removed": 1,
    }  # fmt: skip
    assert facts.corrupt == [
        CorruptSample(filename="q/d.jpg", reason="truncated"),
        CorruptSample(filename="r/i.jpg", reason="empty file"),
    ]
    assert facts.thumbnail("q/a.jpg") == b"q/a.jpg"


def test_samples_are_the_rows_of_the_unique_table_with_their_states() -> None:
    samples = build().samples
    assert samples.filenames == UNIQUE
    assert samples.states.tolist() == [
        "datapool", "selected", "removed", "selected", "masked", "preselected", "datapool",
    ]  # fmt: skip
    assert samples.labels == ["r", "q", "q", "q", "r", "r", "z"]
    assert samples.embeddings.tolist() == [[2 * i, 2 * i + 1] for i in range(7)]
    assert samples.selected.dtype == samples.masked.dtype == np.bool_


def test_a_sample_that_an_older_selection_does_not_know_is_removed() -> None:
    facts = build_facts(
        this_run(), checked_samples(), unique_samples(), selected_samples().filter(pl.col("filename") != "q/a.jpg"),
        table_facts(), lambda _: None, STARTED,
    )  # fmt: skip
    assert facts.samples.states[1] == "removed"
    assert facts.samples.selected.tolist() == [False, False, False, True, False, False, False]


def test_picks_are_rows_of_the_unique_table_in_their_order() -> None:
    selection = build().selection
    assert selection.pick_rows.tolist() == [3, 1]
    np.testing.assert_array_equal(selection.pick_distances, np.array([np.nan, 0.5], np.float32))
    assert selection.pick_nearest == [None, "q/c.jpg"]
    assert list(selection.pick_gains) == ["far"]
    np.testing.assert_array_equal(selection.pick_gains["far"], [np.nan, 0.25])
    assert (selection.pick_rows.dtype, selection.pick_distances.dtype) == (np.int64, np.float32)
    assert selection.strategies == [{"label": "EMBEDDINGS × DIVERSITY"}]
    assert selection.stop_reason == "n_samples reached: 2 were asked for"
    assert (selection.method, selection.n_samples, selection.min_distance) == ("coreset", 2, 0.3)


def test_strategies_have_no_method() -> None:
    diversity = {
        "input": {"type": "EMBEDDINGS"},
        "strategy": {"type": "DIVERSITY", "stopping_condition_minimum_distance": 0.2},
    }
    config = {"strategies": [diversity], "proportion_samples": 0.25}
    became = unique_samples().select("filename").join(selected_samples(), on="filename", how="left")
    selection = selection_facts(became, {"config": config, "goals": [], "stop_reason": "x"})
    assert (selection.method, selection.n_samples, selection.min_distance) == ("", 0.25, 0.2)


def test_a_selection_with_unknown_settings_says_what_to_do() -> None:
    facts = table_facts()
    facts["selected_samples"]["config"] = {"method": "older"}
    with pytest.raises(InputError) as error:
        build(facts=facts)
    assert re.search(r"selected_samples\.method.*materialise selected_samples again$", str(error.value))
    assert "\n" not in str(error.value)


def test_metrics_stand_beside_the_samples() -> None:
    metrics = build().image_metrics
    assert metrics is not None
    assert metrics.columns == ["width", "height", "sharpness", "snr"]
    assert metrics["width"].to_list() == [1, 8, 7, 6, 3, 2, None]  # z/old.jpg is not in the input
    assert metrics["sharpness"].to_list() == [0.5, 4.0, 3.5, 3.0, 1.5, 1.0, None]


def test_model_and_training_are_those_of_their_tables() -> None:
    facts = build()
    assert facts.embedding is not None
    assert vars(facts.embedding) == {name: value for name, value in EMBEDDING.items() if name != "device"}
    assert facts.training is not None
    assert vars(facts.training) == TRAINING


def test_vectors_that_were_given() -> None:
    found = embedding_facts(unique_samples(), None)
    assert vars(found) == {
        "model": "see the run that made the embeddings", "dimensions": 2, "input_size": None, "seconds": None,
        "images_per_second": None, "compute_efficiency": None,
    }  # fmt: skip
    assert training_facts(None) is None
    assert training_facts({}) is None
    assert training_facts({**TRAINING, "state_folder": "/tmp/x"}) == training_facts(TRAINING)  # more may be told


def test_settings_timings_and_warnings_are_those_of_the_tables() -> None:
    """`report` alone, in a run with other settings than the one that made the tables."""
    other = selection_config(method="random", stopping_condition={"n_samples": 99})
    run = this_run(
        selected_samples=other, checked_samples={"max_pixels": 1}, exported_samples={"output_image_format": "png"}
    )
    facts = build(run)
    assert facts.config["selected_samples"]["stopping_condition"]["n_samples"] == 2
    assert facts.config["checked_samples"] == {"max_pixels": 123_456}
    assert facts.config["report"] == {"n_example_images": 4}
    assert facts.options["stopping_condition.n_samples"] == 2
    assert facts.options["method"] == "coreset"
    assert facts.options["corruptness_check.max_pixels"] == 123_456
    assert facts.options["output_image_format"] == "png"
    assert facts.options["n_example_images"] == 4
    assert facts.selection.n_samples == 2
    assert list(facts.timings.items()) == [
        ("checked_samples", 4.0), ("checkpoint", 3.5), ("embeddings", 2.5), ("selected_samples", 0.5),
    ]  # fmt: skip
    assert facts.warnings == ["a small file", "few samples", "disk nearly full"]


@pytest.mark.parametrize(
    ("settings", "change"),
    [
        ({"name": "pool"}, (3, 5)),
        ({"name": "pool", "enable_datapool_update": True}, (3, 5)),
        ({"name": "pool", "enable_datapool_update": False}, (0, 2)),
        ({"name": ""}, None),
        ({}, None),
    ],
)
def test_the_datapool_grows_by_what_is_kept(settings: dict[str, Any], change: tuple[int, int] | None) -> None:
    """Two picks and one preselected sample join the two members, of which one is in the input."""
    expected = change and DatapoolChange(name="pool", size_before=2, in_input=1, added=change[0], size_after=change[1])
    assert datapool_change(settings, selected_samples()) == expected
    assert build(this_run(datapool=settings)).datapool == expected


def test_an_empty_datapool_that_is_only_read_is_not_shown() -> None:
    without = selected_samples().filter(pl.col("status") != "datapool")
    assert datapool_change({"name": "pool", "enable_datapool_update": False}, without) is None
    assert datapool_change({"name": "pool"}, without) == DatapoolChange(
        name="pool", size_before=0, in_input=0, added=3, size_after=3
    )
