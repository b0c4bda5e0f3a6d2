import json
from typing import Any

import polars as pl
import pytest

from tests.assets.conftest import Alone, Made
from tests.assets.small_tables import NO_MODEL, checked, embedded, samples

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


@pytest.mark.parametrize("named", [{}, {"name": "pool", "enable_datapool_update": False}])
def test_without_one_nothing_is_made(alone: Alone, named: dict[str, Any]) -> None:
    write(alone, NAMES, VECTORS, STATUSES)
    made = alone("datapool", **GIVEN, datapool=named)
    assert made.tables["datapool"].frame.is_empty()
    assert made.tables["datapool"].frame.columns == ["filename", "label", "added"]
    assert made.metadata["datapool"]["datapool"] == "none"
    assert list(alone.shared.iterdir()) == []
