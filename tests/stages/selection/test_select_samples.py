"""The whole step on ten samples whose outcome can be said by heart."""

import logging
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from configs.errors import InputError
from configs.stages.selection import SelectionConfig
from configs.validated import validated
from selection_assets.stages.selection.select_samples import SelectedSamples, picks_in_order, select_samples
from selection_assets.stages.selection.selection_facts import SelectionFacts
from tests.stages.selection.run_tables import run_tables

DIVERSE = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
SCORES = {"input": {"type": "SCORES", "score": "al_score"}, "strategy": {"type": "WEIGHTS"}}
THRESHOLD = {
    "input": {"type": "SCORES", "score": "al_score"},
    "strategy": {"type": "THRESHOLD", "threshold": 0.1, "operation": "BIGGER"},
}


def selected(**fields: Any) -> SelectedSamples:
    return select_samples(validated(SelectionConfig, fields, "selected_samples"), *run_tables())


def test_every_list_and_table(caplog: pytest.LogCaptureFixture) -> None:
    """g, h and i are selected already, at 20, 30 and 40: a, at 0, is the farthest; then c is as far from both sides."""
    with caplog.at_level(logging.INFO, logger="winnow"):
        found = selected(stopping_condition={"n_samples": 3})
    assert found.lists == {
        "filenames/sampled_filenames.txt": ["a", "c", "g", "h", "i"],
        "filenames/sampled_filenames_excluding_datapool.txt": ["a", "c"],
        "filenames/removed_filenames.txt": ["b"],
        "filenames/masked_filenames.txt": ["e", "j"],
    }
    assert found.removed.columns == ["filename", "nearest_selected_filename", "distance", "reason"]
    assert found.removed.rows() == [("b", "a", 1.0, "not picked before the selection stopped")]
    statuses = dict(found.table.select("filename", "status").iter_rows())
    assert statuses == {
        "a": "selected", "b": "removed", "c": "selected", "d": "duplicate", "e": "masked", "f": "corrupt",
        "g": "preselected", "h": "datapool", "i": "datapool", "j": "masked",
    }  # fmt: skip
    assert found.kept_rows.tolist() == [0, 2, 4, 5, 7]
    picks = picks_in_order(found.table)
    assert picks["filename"].to_list() == ["a", "c"]
    assert picks["distance"].to_list() == [20.0, 10.0]
    assert picks["nearest_selected"].to_list() == ["g", "g"]  # c is as near to a, which was selected later
    assert picks["gain: EMBEDDINGS × DIVERSITY"].to_list() == [20.0, 10.0]
    assert "status" not in picks.columns and "in_input" not in picks.columns
    assert found.scores == {}
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "Sampling dataset with stopping condition: n_samples=3",
        "Sampled 2 images.",
        "The selection ended because: n_samples reached: 2 new samples were asked for.",
    ]


def test_facts_tell_what_was_asked_and_reached() -> None:
    """a fails the threshold; of b and c, b has the higher score and is farther from all that is selected."""
    found = selected(n_samples=2, strategies=[DIVERSE, SCORES, THRESHOLD])
    facts = found.facts
    assert facts.conditions == ["n_samples=2"]
    assert facts.stop_reason == "n_samples reached: 1 new samples were asked for"
    assert not facts.skipped
    assert facts.counts == {
        "input": 9, "corrupt": 1, "duplicate": 1, "masked": 2, "preselected": 1, "selected": 1, "removed": 2,
        "datapool": 2,
    }  # fmt: skip
    assert [goal["label"] for goal in facts.goals] == [
        "EMBEDDINGS × DIVERSITY", "SCORES al_score × WEIGHTS", "SCORES al_score × THRESHOLD",
    ]  # fmt: skip
    assert facts.goals[0]["reached"] == {"smallest_distance": 19.0, "mean_distance": 19.0}
    assert facts.goals[1]["reached"] == pytest.approx(
        {"sum": 0.3 + 0.9, "mean_of_picks": 0.9, "mean_of_input": (0.1 + 0.9 + 0.5 + 0.3) / 4}
    )
    assert facts.goals[2]["reached"] == {"kept": 2, "removed": 1}
    assert found.removed.rows() == [
        ("a", "b", 1.0, "threshold: al_score is not BIGGER 0.1"),
        ("c", "b", 9.0, "not picked before the selection stopped"),
    ]
    assert found.scores["al_score"].tolist() == [0.1, 0.9, 0.5, 0.0, 0.3, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"stopping_condition": {"proportion_samples": 0.5, "min_distance": 0.25}, "method": "coral"},
        {"n_samples": -1, "strategies": [DIVERSE, THRESHOLD], "seed": 7},
    ],
)
def test_facts_go_through_json_and_back(fields: dict[str, Any]) -> None:
    config = validated(SelectionConfig, fields, "x")
    facts = select_samples(config, *run_tables()).facts
    again = SelectionFacts.from_json(facts.to_json())
    assert again == facts
    assert again.selection == config
    assert (again.selection.asked, again.selection.min_distance) == (config.asked, config.min_distance)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"config": {}}', "null"])
def test_facts_that_are_none(text: str) -> None:
    with pytest.raises(InputError, match="cannot be read; materialize selected_samples again"):
        SelectionFacts.from_json(text)


def test_facts_of_another_version() -> None:
    facts = replace(selected().facts, config={"methode": "coreset"})
    with pytest.raises(InputError, match=r"^the facts of the selection.methode does not exist; did you mean method"):
        _ = facts.selection


def test_everything_is_kept_without_a_condition(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="winnow"):
        found = selected()
    assert found.facts.skipped
    assert found.lists["filenames/sampled_filenames_excluding_datapool.txt"] == ["a", "b", "c"]
    assert found.lists["filenames/removed_filenames.txt"] == []
    assert found.removed.is_empty()
    assert picks_in_order(found.table)["reason"].unique().to_list() == ["all remaining samples are kept"]
    assert not any("Sampled" in record.getMessage() for record in caplog.records)


def test_the_type_of_labels_does_not_matter() -> None:
    checked, dedup, unique = run_tables()
    numbers = {"label": pl.lit(7, pl.Int64)}
    config = validated(SelectionConfig, {"stopping_condition": {"n_samples": 3}}, "x")
    first = select_samples(config, checked, dedup, unique)
    second = select_samples(config, checked.with_columns(**numbers), dedup, unique.with_columns(**numbers))
    assert first.lists == second.lists
    assert first.table.drop("label").equals(second.table.drop("label"))
