import logging
from pathlib import Path
from typing import Any

import pytest

from configs.errors import InputError
from configs.stages.dedup import NormalizationConfig
from resources.datapool import Datapool
from selection_assets.stages.datapool.add_members import NewPool
from selection_assets.stages.datapool.pool_settings import PoolSettings
from selection_assets.stages.datapool.way_of_run import check_before, check_model, check_way, pool_members, pool_model
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.embedding_model import EmbeddingModel
from selection_assets.stages.models.model_row import model_row
from tests.stages.datapool.pools import add, kept, pool_in, way
from tests.stages.embedding.whole_results import load_resnet

RESNET = {"model": {"name": "resnet-9", "width": 0.125, "num_ftrs": 2}}


@pytest.fixture(scope="module")
def model() -> EmbeddingModel:
    return load_resnet(Architecture("resnet-9", 0.125, 2))


@pytest.fixture
def pool(tmp_path: Path) -> Datapool:
    """Of an embeddings file, two dimensions."""
    add(pool_in(tmp_path), kept(("b/1.jpg", "7", [1.0, 0.5])))
    return pool_in(tmp_path)


@pytest.fixture
def picture_pool(tmp_path: Path, model: EmbeddingModel) -> Datapool:
    new = NewPool(model_row(model.card, "seed 1"), lambda: model, {"b": 0})
    add(pool_in(tmp_path), kept(("b/1.jpg", "b", [1.0, 0.5])), of=way("", checkpoint=RESNET), new=new)
    return pool_in(tmp_path)


def csv(folder: Path, dimensions: int) -> Path:
    path = folder / "vectors.csv"
    columns = "".join(f"embedding_{d}," for d in range(dimensions))
    path.write_text(f"filenames,{columns}labels\n", encoding="utf-8")
    return path


def test_an_embeddings_file_must_have_the_dimensions(tmp_path: Path, pool: Datapool) -> None:
    check_before(pool, way(), csv(tmp_path, 2))
    with pytest.raises(InputError, match="its vectors have 2 dimensions, those of this run have 3"):
        check_before(pool, way(), csv(tmp_path, 3))


def test_weak_labels_count_as_dimensions(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    labels = {"append_weak_labels": True}
    add(pool, kept(("b/1.jpg", "7", [1.0, 0.5, 1.0])), of=way(embedding=labels), new=NewPool(None, None, {"7": 7}))  # type: ignore[arg-type]
    check_before(pool, way(embedding=labels), csv(tmp_path, 2))
    with pytest.raises(InputError, match="its vectors have 3 dimensions, those of this run have 4"):
        check_before(pool, way(embedding=labels), csv(tmp_path, 3))
    with pytest.raises(InputError, match="made with append_weak_labels=True, this run has append_weak_labels=False"):
        check_before(pool, way(), csv(tmp_path, 3))
    pool.settings.unlink()  # of another program: only the run that appends them knows how many there are
    check_before(pool, way(embedding=labels), csv(tmp_path, 2))


@pytest.mark.parametrize(
    ("checkpoint", "ours"),
    [
        (RESNET, None),
        ({"model": {"name": "resnet-9"}}, 32),
        ({"model": {"name": "resnet-9", "num_ftrs": 5}}, 5),
        ({"checkpoint": "weights.ckpt"}, 32),
        ({"checkpoint": "weights.ckpt", "model": {"num_ftrs": 2}}, None),
        ({"model": {"name": "winnow"}}, None),  # known when it is loaded
    ],
)
def test_a_model_must_have_the_dimensions(pool: Datapool, checkpoint: dict[str, Any], ours: int | None) -> None:
    if ours is None:
        check_before(pool, way("", checkpoint=checkpoint), None)
        return
    with pytest.raises(InputError, match=f"its vectors have 2 dimensions, those of this run have {ours}"):
        check_before(pool, way("", checkpoint=checkpoint), None)


def test_the_model_of_the_datapool_embeds_where_none_is_asked_for(
    picture_pool: Datapool, model: EmbeddingModel
) -> None:
    check_before(picture_pool, way(""), None)
    loaded = pool_model(picture_pool, way(""))
    assert loaded is not None and loaded.card == model.card
    assert pool_model(picture_pool, way("", checkpoint=RESNET)) is not None
    assert pool_model(picture_pool, way("", checkpoint={"checkpoint": "other.ckpt"})) is None
    with pytest.raises(InputError, match="its vectors have 2 dimensions, those of this run have 32"):
        check_before(picture_pool, way("", checkpoint={"checkpoint": "other.ckpt"}), None)
    with pytest.raises(InputError, match="its vectors have 2 dimensions, those of this run have 3"):
        check_before(picture_pool, way("", checkpoint={"model": {"name": "resnet-9", "num_ftrs": 3}}), None)


def test_a_datapool_without_a_model_lends_none(pool: Datapool) -> None:
    assert pool_model(pool, way("")) is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"name": "resnet-18"}, "lightly.model.name=resnet-18: .*, which has resnet-9"),
        ({"width": 0.25}, "lightly.model.width=0.25: .*, which has 0.125"),
        ({"num_ftrs": 3}, "lightly.model.num_ftrs=3: .*, which has 2"),
    ],
)
def test_another_architecture_than_that_of_the_datapool(
    picture_pool: Datapool, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        pool_model(picture_pool, way("", checkpoint={"model": asked}))


def test_the_model_of_the_run_is_held_against_the_datapool(
    picture_pool: Datapool, model: EmbeddingModel, caplog: pytest.LogCaptureFixture
) -> None:
    row = model_row(model.card, "seed 1")
    run = way("", checkpoint=RESNET)
    check_model(picture_pool, row, run)
    assert caplog.messages == []
    for change, message in (
        ({"weights": "0123456789abcdef"}, "it was made with another model than this run's"),
        ({"transform": "nearest"}, "its images were resized as .*, this version does nearest"),
        ({"input_size": 32}, "it was made with lightly.collate.input_size=64, this run has .*=32"),
        ({"num_ftrs": 3}, "its vectors have 2 dimensions, those of this run have 3"),
    ):
        with pytest.raises(InputError, match=message):
            check_model(picture_pool, {**row, **change}, run)
    with pytest.raises(InputError, match="made with embedding_precision=32, this run has embedding_precision=bf16"):
        check_model(picture_pool, row, way("", checkpoint=RESNET, embedding={"precision": "bf16"}))


def test_how_pictures_are_embedded_does_not_concern_an_embeddings_file(tmp_path: Path, picture_pool: Datapool) -> None:
    otherwise = {"precision": "bf16", "collate": {"input_size": 96}}
    check_before(picture_pool, way(embedding=otherwise), csv(tmp_path, 2))
    with pytest.raises(InputError, match=r"made with lightly\.collate\.input_size=64, this run has .*=96"):
        check_before(picture_pool, way("", embedding=otherwise), None)


def test_a_datapool_that_does_not_name_its_model(
    pool: Datapool, model: EmbeddingModel, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "winnow"):
        check_model(pool, model_row(model.card, "weights.ckpt"), way(""))
    assert caplog.messages == [
        "Datapool pool does not say which model made it; this run embeds with weights.ckpt, which must be the same."
    ]


def test_the_size_of_pictures_counts_only_where_pictures_are_embedded(picture_pool: Datapool, tmp_path: Path) -> None:
    size = {"collate": {"input_size": 32}, "precision": "bf16"}
    with pytest.raises(InputError, match=r"input_size=64, this run has lightly.collate.input_size=32"):
        check_way(picture_pool, way("", embedding=size))
    made = check_way(picture_pool, way(embedding=size))
    assert made is not None and made.model is not None and made.model.input_size == 64
    picture_pool.settings.unlink()
    assert check_way(picture_pool, way("", embedding=size)) is None


def test_unit_vectors_of_another_program_need_normalisation(tmp_path: Path) -> None:
    pool = pool_in(tmp_path)
    add(pool, kept(("b/1.jpg", "7", [1.0, 0.0])))
    raw, scaled = NormalizationConfig(normalize_embeddings=False), NormalizationConfig(normalize_embeddings=True)
    with pytest.raises(InputError, match="its vectors all have length 1"):
        pool_members(pool, None, raw)
    assert pool_members(pool, None, scaled)["filename"].to_list() == ["b/1.jpg"]
    made = PoolSettings(normalize_embeddings=False)
    assert pool_members(pool, made, raw)["label"].to_list() == ["7"]
