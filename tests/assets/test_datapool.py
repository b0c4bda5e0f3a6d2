import json
from typing import Any

import polars as pl
import pytest

from selection_assets.assets.datapool import datapool as asset
from tests.assets.conftest import ON_CPU, SMALL_MODEL, Alone, Made
from tests.assets.small_model import save_weights, small_backbone
from tests.assets.small_tables import NO_MODEL, checked, draw, embedded, samples

NAMES = ["a", "b", "c", "d"]
VECTORS = [[3.0, 4.0], [1.0, 0.0], [0.0, 2.0], [5.0, 5.0]]
STATUSES = ["selected", "removed", "preselected", "selected"]
GIVEN = {"input_samples": {"embeddings": "e.csv"}}


def write(alone: Alone, names: list[str], vectors: list[list[float]], statuses: list[str], **columns: Any) -> None:
    """What a run made of an embeddings file, whose labels are 7, 8, 9 and so on."""
    numbers = list(range(7, 7 + len(names)))
    frame = samples(names, "vector", label=[str(number) for number in numbers])
    alone.write(
        checked_samples=checked(frame),
        checkpoint=NO_MODEL,
        embeddings=embedded(frame, vectors, numbers, **columns),
        selected_samples=pl.DataFrame({"filename": names, "status": statuses}),
    )


def grown(alone: Alone, **fields: Any) -> Made:
    return alone("datapool", **GIVEN, datapool={"name": "pool", **fields})


def members(alone: Alone, file: str = "datapool_latest.csv") -> dict[str, list[Any]]:
    return pl.read_csv(alone.shared / "pool" / file).to_dict(as_series=False)


def test_the_first_run_makes_it_of_what_is_kept(alone: Alone) -> None:
    write(alone, NAMES, VECTORS, STATUSES)
    made = grown(alone)
    assert made.tables["datapool"].frame.to_dict(as_series=False) == {
        "filename": ["a", "c", "d"], "label": ["7", "9", "10"], "added": [True] * 3,
    }  # fmt: skip
    assert members(alone) == {
        "filenames": ["a", "c", "d"], "embedding_0": [3, 0, 5], "embedding_1": [4, 2, 5], "labels": [7, 9, 10],
    }  # fmt: skip
    settings = json.loads((alone.shared / "pool/datapool_settings.json").read_text(encoding="utf-8"))
    assert (settings["normalize_embeddings"], settings["model"], settings["weak_labels"]) == (True, None, None)
    assert not (alone.shared / "pool/checkpoint_latest.ckpt").exists()
    assert not (alone.shared / "pool/history").exists()
    about = made.metadata["datapool"]
    assert (about["size_before"], about["added"], about["size_after"]) == (0, 3, 3)
    assert about["csv"] == str(alone.shared / "pool/datapool_latest.csv")
    assert about["history_file"] == "none"
    assert about["preview"].index("| d |") < about["preview"].index("| a |")  # the newest first


def test_a_step_that_is_done_twice_adds_nothing_the_second_time(alone: Alone) -> None:
    write(alone, NAMES, VECTORS, STATUSES)
    grown(alone)
    before = (alone.shared / "pool/datapool_latest.csv").read_bytes()
    again = grown(alone)
    assert (alone.shared / "pool/datapool_latest.csv").read_bytes() == before
    assert again.tables["datapool"].frame["added"].to_list() == [False] * 3
    assert (again.metadata["datapool"]["size_before"], again.metadata["datapool"]["added"]) == (3, 0)
    assert not (alone.shared / "pool/history").exists()


@pytest.mark.parametrize("history", [True, False])
def test_a_later_run_adds_its_own_behind(alone: Alone, history: bool) -> None:
    write(alone, NAMES, VECTORS, STATUSES)
    grown(alone)
    first = (alone.shared / "pool/datapool_latest.csv").read_bytes()
    write(alone, ["e", "a"], [[6.0, 6.0], [3.0, 4.0]], ["selected", "datapool"], datapool=[False, True])
    made = grown(alone, keep_history=history)
    assert made.tables["datapool"].frame.rows() == [
        ("a", "7", False), ("c", "9", False), ("d", "10", False), ("e", "7", True),
    ]  # fmt: skip
    assert members(alone)["filenames"] == ["a", "c", "d", "e"]
    assert members(alone)["labels"] == [7, 9, 10, 7]
    kept = alone.shared / "pool/history/datapool_000001.csv"
    assert kept.exists() is history
    assert made.metadata["datapool"]["history_file"] == (str(kept) if history else "none")
    if history:
        assert kept.read_bytes() == first


def test_it_is_only_read_where_no_update_is_asked_for(alone: Alone) -> None:
    write(alone, NAMES, VECTORS, STATUSES)
    grown(alone)
    before = (alone.shared / "pool/datapool_latest.csv").read_bytes()
    write(alone, ["e"], [[6.0, 6.0]], ["selected"])
    made = grown(alone, enable_datapool_update=False)
    assert (alone.shared / "pool/datapool_latest.csv").read_bytes() == before
    assert made.tables["datapool"].frame.rows() == [("a", "7", False), ("c", "9", False), ("d", "10", False)]
    assert (made.metadata["datapool"]["added"], made.metadata["datapool"]["size_after"]) == (0, 3)


@pytest.mark.parametrize("known", [True, False])
def test_members_that_the_run_did_not_know_of_are_warned_of(alone: Alone, known: bool) -> None:
    write(alone, NAMES, VECTORS, STATUSES)
    grown(alone)
    before = ["a", "c", "d"] if known else ["a"]
    names, statuses = ["e", *before], ["selected", *["datapool"] * len(before)]
    vectors = [[6.0, 6.0], *[[3.0, 4.0], [0.0, 2.0], [5.0, 5.0]][: len(before)]]
    write(alone, names, vectors, statuses, datapool=[False] + [True] * len(before))
    made = grown(alone)
    assert members(alone)["filenames"] == ["a", "c", "d", "e"]
    line = "Datapool pool got 2 samples from other runs during this one; the selection did not know of them."
    assert made.tables["datapool"].figures["step"]["warnings"] == ([] if known else [line])


def test_it_is_made_when_everything_else_went_well() -> None:
    (spec,) = (spec for spec in asset.specs if spec.key.path == ["datapool"])
    assert {"exported_samples", "report"} <= {dependency.asset_key.path[-1] for dependency in spec.deps}


@pytest.mark.parametrize("named", [{}, {"name": "pool", "enable_datapool_update": False}])
def test_without_one_nothing_is_made(alone: Alone, named: dict[str, Any]) -> None:
    write(alone, NAMES, VECTORS, STATUSES)
    made = alone("datapool", **GIVEN, datapool=named)
    assert made.tables["datapool"].frame.is_empty()
    assert made.tables["datapool"].frame.columns == ["filename", "label", "added"]
    assert made.metadata["datapool"]["datapool"] == "none"
    assert list(alone.shared.iterdir()) == []


def embedded_pictures(alone: Alone, **named: Any) -> None:
    """Up to the vectors of the pictures in the input folder, of which all are selected but those of the label A."""
    for step in ("input_samples", "datapool_members", "checked_samples", "checkpoint", "embeddings"):
        alone(step, **named)
    frame = alone.table("embeddings").frame
    other = pl.when(pl.col("label") == "A").then(pl.lit("removed")).otherwise(pl.lit("selected"))
    status = pl.when("datapool").then(pl.lit("datapool")).otherwise(other)
    alone.write(selected_samples=frame.select("filename", status=status))


@pytest.mark.parametrize("file", ["", "model.ckpt"])
def test_the_model_of_the_first_run_is_that_of_later_ones(alone: Alone, file: str) -> None:
    """Of a seed, or of the user's file, which later runs need not name."""
    save_weights(alone.shared / "model.ckpt", seed=5)
    small = {"datapool": {"name": "pool"}, "embeddings": ON_CPU, "checked_samples": {"num_workers": 1}}
    first = {**small, "checkpoint": {**SMALL_MODEL, "checkpoint": file, "seed": 5}}
    draw(alone.input / "a/x.png", seed=1)
    draw(alone.input / "b/y.png", seed=2)
    draw(alone.input / "A/removed.png", seed=4)
    embedded_pictures(alone, **first)
    model = alone.table("checkpoint").frame.row(0, named=True)
    assert model["source"] == (file or "seed 5")
    alone("datapool", **first)
    vectors = dict(alone.table("embeddings").frame.select("filename", "embedding").iter_rows())

    settings = json.loads((alone.shared / "pool/datapool_settings.json").read_text(encoding="utf-8"))
    assert settings["label_numbers"] == {"A": 0, "a": 1, "b": 2}
    same = ("name", "input_size", "precision", "transform", "weights")
    assert {name: settings["model"][name] for name in same} == {name: model[name] for name in same}
    kept = small_backbone(0, alone.shared / "pool/checkpoint_latest.ckpt").state_dict()
    expected = small_backbone(5).state_dict()
    assert kept.keys() == expected.keys()
    assert all(kept[name].equal(expected[name]) for name in kept)

    (alone.input / "A/removed.png").unlink()
    (alone.input / "a/x.png").unlink()
    draw(alone.input / "c/z.png", seed=3)
    (alone.input / "b/again.png").write_bytes((alone.input / "b/y.png").read_bytes())
    (alone.home / "cache.sqlite").unlink()  # nothing is remembered, so the model of the datapool embeds
    embedded_pictures(alone, **small)
    assert alone.table("checkpoint").frame["source"].to_list() == ["datapool pool"]
    now = dict(alone.table("embeddings").frame.select("filename", "embedding").iter_rows())
    assert list(now) == ["b/again.png", "c/z.png", "a/x.png", "b/y.png"]
    assert [now["a/x.png"], now["b/y.png"]] == [vectors["a/x.png"], vectors["b/y.png"]]
    assert now["b/again.png"] == pytest.approx(vectors["b/y.png"], rel=1e-4, abs=1e-6)
    table = alone("datapool", **small).tables["datapool"].frame
    assert table.rows() == [
        ("a/x.png", "a", False), ("b/y.png", "b", False), ("b/again.png", "b", True), ("c/z.png", "c", True),
    ]  # fmt: skip
    assert members(alone)["labels"] == [1, 2, 2, 3]

    save_weights(alone.shared / "other.ckpt", seed=6)
    line = alone.fault("checkpoint", **{**small, "checkpoint": {**SMALL_MODEL, "checkpoint": "other.ckpt"}})
    assert line.startswith("datapool.name=pool: ")
    assert "other" in line
