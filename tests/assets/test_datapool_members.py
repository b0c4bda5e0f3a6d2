import json
from typing import Any

import pytest

from tests.assets.conftest import Alone

CSV = "filenames,embedding_0,embedding_1,labels\na/old,3,4,0\nb/old,0,2,1\n"


def write_pool(alone: Alone, **settings: Any) -> None:
    folder = alone.shared / "pool"
    folder.mkdir()
    (folder / "datapool_latest.csv").write_text(CSV, encoding="utf-8")
    if settings:
        text = json.dumps({"version": 1, "normalize_embeddings": True, **settings})
        (folder / "datapool_settings.json").write_text(text, encoding="utf-8")


def test_none_without_a_name(alone: Alone) -> None:
    made = alone("datapool_members")
    table = made.tables["datapool_members"]
    assert table.frame.is_empty()
    assert table.frame.columns == ["filename", "label", "label_number", "embedding"]
    assert table.facts == {"exists": False}


@pytest.mark.parametrize("update", [True, False])
def test_none_where_the_folder_is_not_there_yet(alone: Alone, update: bool) -> None:
    named = {"name": "pool", "enable_datapool_update": update}
    made = alone("datapool_members", datapool=named)
    assert made.tables["datapool_members"].facts == {"exists": False}
    warnings = made.tables["datapool_members"].figures["step"]["warnings"]
    line = "There is no datapool pool yet, and datasource.enable_datapool_update=False: none is made."
    assert warnings == ([] if update else [line])
    assert not (alone.shared / "pool").exists()


def test_every_column(alone: Alone) -> None:
    write_pool(alone, label_numbers={"cats": 0, "b": 1})
    named = {"datapool": {"name": "pool"}, "input_samples": {"embeddings": "e.csv"}}
    (alone.shared / "e.csv").write_text(CSV, encoding="utf-8")
    table = alone("datapool_members", **named).tables["datapool_members"]
    assert table.frame.to_dict(as_series=False) == {
        "filename": ["a/old", "b/old"], "label": ["cats", "b"], "label_number": [0, 1], "embedding": [[3, 4], [0, 2]],
    }  # fmt: skip
    assert table.facts["exists"] is True
    assert table.facts["settings"]["label_numbers"] == {"cats": 0, "b": 1}
    assert table.facts["settings"]["normalize_embeddings"] is True


def test_members_of_another_program(alone: Alone) -> None:
    write_pool(alone)
    (alone.shared / "e.csv").write_text(CSV, encoding="utf-8")
    named = {"datapool": {"name": "pool"}, "input_samples": {"embeddings": "e.csv"}}
    table = alone("datapool_members", **named).tables["datapool_members"]
    assert table.facts == {"exists": True, "settings": None}
    assert table.frame["label"].to_list() == ["a", "b"]  # their folders


@pytest.mark.parametrize(
    ("named", "line"),
    [
        ({"normalized_embeddings": {"normalize_embeddings": False}}, "normalize_embeddings"),
        ({"embeddings": {"append_weak_labels": True}}, "append_weak_labels"),
    ],
)
def test_a_run_that_makes_other_vectors_is_told_before_an_image_is_read(
    alone: Alone, named: dict[str, Any], line: str
) -> None:
    write_pool(alone, label_numbers={"a": 0, "b": 1})
    (alone.shared / "e.csv").write_text(CSV, encoding="utf-8")
    told = alone.fault("datapool_members", datapool={"name": "pool"}, input_samples={"embeddings": "e.csv"}, **named)
    assert told.startswith("datapool.name=pool: ")
    assert line in told


def test_vectors_of_other_dimensions(alone: Alone) -> None:
    write_pool(alone)
    (alone.shared / "e.csv").write_text("filenames,embedding_0,labels\nx,3,0\n", encoding="utf-8")
    assert alone.fault("datapool_members", datapool={"name": "pool"}, input_samples={"embeddings": "e.csv"}) == (
        "datapool.name=pool: its vectors have 2 dimensions, those of this run have 1; embed with the model of the "
        "datapool, or start a new datapool"
    )


def test_a_folder_that_cannot_be_one_is_told_where_it_would_be_written(alone: Alone) -> None:
    (alone.shared / "pool").write_text("", encoding="utf-8")
    line = alone.fault("datapool_members", datapool={"name": "pool"})
    assert line == (
        f"datapool.name=pool: {alone.shared}/pool is not a folder; choose another place; or set "
        "datasource.enable_datapool_update=False"
    )
    made = alone("datapool_members", datapool={"name": "pool", "enable_datapool_update": False})
    assert made.tables["datapool_members"].facts == {"exists": False}
