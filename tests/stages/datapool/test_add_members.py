import json
import logging
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch

from configs.errors import InputError
from selection_assets.stages.datapool.add_members import NewPool
from selection_assets.stages.models.embedding_model import EmbeddingModel, weights_name
from selection_assets.stages.models.model_row import model_row
from tests.stages.datapool.pools import add, kept, new_pool, no_model, pool_in, way
from tests.stages.embedding.whole_results import load_resnet

FIRST = kept(("b/1.jpg", "7", [1.0, 0.0]), ("a/2.jpg", "-3", [0.0, 2.5]))
HEADER = "filenames,embedding_0,embedding_1,labels\n"


@pytest.fixture(scope="module")
def model() -> EmbeddingModel:
    from selection_assets.stages.models.architecture import Architecture

    return load_resnet(Architecture("resnet-9", 0.125, 2))


def of_model(model: EmbeddingModel, **label_numbers: int) -> NewPool:
    return NewPool(model_row(model.card, "seed 1"), lambda: model, label_numbers)


def test_a_new_datapool_of_an_embeddings_file(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    change = add(pool, FIRST)
    assert change.table.rows() == [("b/1.jpg", "7", True), ("a/2.jpg", "-3", True)]
    assert change.table.schema == {"filename": pl.String, "label": pl.String, "added": pl.Boolean}
    assert change.history is None
    assert pool.csv.read_text() == HEADER + "b/1.jpg,1.0,0.0,7\na/2.jpg,0.0,2.5,-3\n"
    assert json.loads(pool.settings.read_text()) == {
        "version": 1, "normalize_embeddings": True, "weak_labels": None, "label_numbers": None, "model": None,
    }  # fmt: skip
    assert pool.checkpoint is None


def test_what_is_a_member_is_not_added_again(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    add(pool, FIRST)
    before = pool.csv.read_bytes()
    change = add(pool, FIRST)
    assert change.added.is_empty() and change.history is None
    assert change.table["added"].to_list() == [False, False]
    assert pool.csv.read_bytes() == before
    assert sorted(path.name for path in (tmp_path / "pool").iterdir()) == [
        "datapool_latest.csv",
        "datapool_settings.json",
    ]


@pytest.mark.parametrize("keep_history", [True, False])
def test_further_members_join_behind_and_the_state_before_is_kept(tmp_path: Path, keep_history: bool) -> None:
    pool = pool_in(tmp_path)
    add(pool, FIRST)
    before = pool.csv.read_bytes()
    second = kept(("c.jpg", "8", [3.0, 4.0]), ("a/2.jpg", "-3", [0.0, 2.5]))
    change = add(pool, second, known=["b/1.jpg", "a/2.jpg"], keep_history=keep_history)
    assert change.members["filename"].to_list() == ["b/1.jpg", "a/2.jpg"]
    assert change.added.rows() == [("c.jpg", "8", [3.0, 4.0], 8)]
    assert pool.csv.read_bytes() == before + b"c.jpg,3.0,4.0,8\n"
    if keep_history:
        assert change.history == str(tmp_path / "pool/history/datapool_000001.csv")
        assert Path(change.history).read_bytes() == before
    else:
        assert change.history is None and not (tmp_path / "pool/history").exists()


def test_a_new_datapool_of_pictures_holds_the_model_and_the_names(tmp_path: Path, model: EmbeddingModel) -> None:
    pool = pool_in(tmp_path)
    run = way("", embedding={"append_weak_labels": True}, checkpoint={"model": {"name": "resnet-9"}})
    change = add(pool, kept(("b/1.jpg", "b", [1.0, 0.0])), of=run, new=of_model(model, a=0, b=1))
    assert change.added["label_number"].to_list() == [1]
    made = json.loads(pool.settings.read_text())
    assert made["weak_labels"] == ["a", "b"] and made["label_numbers"] == {"a": 0, "b": 1}
    assert made["model"] == {
        "name": "resnet-9",
        "weights": model.card.weights,
        "fingerprint": weights_name(model.backbone),
        "input_size": 64,
        "transform": model.card.preprocessing.transform,
        "precision": "32",
    }
    state = torch.load(pool.checkpoint, weights_only=True)["state_dict"]
    expected = model.backbone.state_dict()
    assert set(state) == {f"model.backbone.{name}" for name in expected}
    assert all(torch.equal(state[f"model.backbone.{name}"], tensor) for name, tensor in expected.items())


def test_numbers_of_names_go_on_and_are_remembered(tmp_path: Path, model: EmbeddingModel) -> None:
    pool = pool_in(tmp_path)
    run = way("", checkpoint={"model": {"name": "resnet-9"}})
    add(pool, kept(("b/1.jpg", "b", [1.0, 0.0])), of=run, new=of_model(model, b=0))
    assert json.loads(pool.settings.read_text())["weak_labels"] is None
    rows = kept(("a/1.jpg", "a", [0.0, 1.0]), ("b/2.jpg", "b", [1.0, 1.0]), ("c/1.jpg", "c", [0.5, 1.0]))
    change = add(pool, rows, of=run, new=of_model(model, a=0, b=1, c=2))
    assert change.added.select("label", "label_number").rows() == [("a", 1), ("b", 0), ("c", 2)]
    assert json.loads(pool.settings.read_text())["label_numbers"] == {"b": 0, "a": 1, "c": 2}
    assert [line.rpartition(",")[2] for line in pool.csv.read_text().splitlines()] == ["labels", "0", "1", "0", "2"]


def test_a_torchscript_program_makes_no_datapool(tmp_path: Path, model: EmbeddingModel) -> None:
    row = {**model_row(model.card, "file"), "name": "torchscript"}
    with pytest.raises(InputError, match=r"datapool.name=pool: a datapool keeps weights"):
        add(pool_in(tmp_path), FIRST, of=way(""), new=NewPool(row, no_model, {}))
    assert list(tmp_path.iterdir()) == []


def test_vectors_of_other_dimensions_change_nothing(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    add(pool, FIRST)
    before = pool.csv.read_bytes()
    with pytest.raises(InputError, match="its vectors have 2 dimensions, those of this run have 3"):
        add(pool, kept(("c.jpg", "1", [1.0, 2.0, 3.0])))
    assert pool.csv.read_bytes() == before


def test_vectors_made_in_another_way_change_nothing(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    add(pool, FIRST)
    before = pool.csv.read_bytes()
    with pytest.raises(InputError, match="normalize_embeddings=True, this run has normalize_embeddings=False"):
        add(pool, kept(("c.jpg", "1", [1.0, 2.0])), of=way(normalize=False))
    assert pool.csv.read_bytes() == before


def test_members_that_joined_during_the_run_are_spoken_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pool = pool_in(tmp_path)
    add(pool, FIRST)
    row = kept(("c.jpg", "8", [3.0, 4.0]))
    with caplog.at_level(logging.WARNING, "winnow"):
        add(pool, row, known=["b/1.jpg", "a/2.jpg"])
        add(pool, kept(("c.jpg", "8", [3.0, 4.0]), ("d.jpg", "8", [3.0, 5.0])), known=["b/1.jpg", "a/2.jpg"])
        assert caplog.messages == []
        add(pool, kept(("e.jpg", "8", [3.0, 6.0])), known=["b/1.jpg"])
    assert caplog.messages == [
        "Datapool pool got 3 samples from other runs during this one; the selection did not know of them."
    ]


def test_settings_of_another_run_that_makes_it_now_are_left(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool/datapool_settings.json").write_text('{"normalize_embeddings": false}', encoding="utf-8")
    with pytest.raises(InputError, match="another run is making it"):
        add(pool, FIRST)
    assert pool.settings.read_text() == '{"normalize_embeddings": false}' and not pool.exists


def test_settings_that_a_killed_run_left_are_taken_up_where_they_fit(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool/datapool_settings.json").write_text('{"normalize_embeddings": true}', encoding="utf-8")
    (tmp_path / "pool/checkpoint_latest.ckpt").write_bytes(b"half a model")
    add(pool, FIRST)
    assert pool.settings.read_text() == '{"normalize_embeddings": true}'
    assert pool.exists and pool.checkpoint is None


def test_a_datapool_of_another_program_stays_without_settings(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool/datapool_latest.csv").write_text(
        HEADER + "cat/1.jpg,1.0,0.5,4\ndog/1.jpg,1.0,2.0,9\n", encoding="utf-8"
    )
    change = add(pool, kept(("cat/2.jpg", "cat", [1.0, 1.0]), ("owl/1.jpg", "owl", [2.0, 1.0])))
    assert change.members.select("label", "label_number").rows() == [("cat", 4), ("dog", 9)]
    assert change.added.select("label", "label_number").rows() == [("cat", 4), ("owl", 10)]
    assert pool.settings is None


def test_its_model_must_be_that_of_the_run(tmp_path: Path, model: EmbeddingModel) -> None:
    pool = pool_in(tmp_path)
    run = way("", checkpoint={"model": {"name": "resnet-9"}})
    add(pool, kept(("b/1.jpg", "b", [1.0, 0.0])), of=run, new=of_model(model, b=0))
    other = EmbeddingModel(model.backbone, replace(model.card, weights="0123456789abcdef"))
    with pytest.raises(InputError, match="made with another model"):
        add(pool, kept(("c/1.jpg", "c", [1.0, 0.0])), of=run, new=of_model(other, c=0))


def test_no_members_at_all(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    change = add(pool, FIRST.clear(), new=new_pool())
    assert change.table.is_empty() and not pool.exists
