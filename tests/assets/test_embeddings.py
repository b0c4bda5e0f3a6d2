import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks
from tests.assets.conftest import DATASET, ON_CPU, SMALL_MODEL, Alone, Made
from tests.assets.small_model import save_weights, small_backbone
from tests.assets.small_tables import NO_MEMBERS, NO_MODEL, NO_THUMBNAILS, checked, draw, samples

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)  # ImageNet
NO_POOL = Table(NO_MEMBERS, {"exists": False})
MODEL = {"checkpoint": SMALL_MODEL, "embeddings": ON_CPU}
NAMES = ["a/copy.png", "a/x.png", "b/broken.png", "b/large.png"]


@pytest.fixture
def files(alone: Alone) -> dict[str, Path]:
    """Two equal pictures, one broken and one large one."""
    found = {name: alone.input / name for name in NAMES}
    draw(found["a/x.png"])
    found["a/copy.png"].write_bytes(found["a/x.png"].read_bytes())
    draw(found["b/large.png"], 300, 200, seed=1)
    found["b/broken.png"].write_bytes(b"")
    return found


def up_to_checkpoint(alone: Alone, thumbnail_size: int = 128, **named: Any) -> dict[str, Any]:
    """Makes what comes before; returns the settings."""
    settings = {**MODEL, "checked_samples": {"thumbnail_size": thumbnail_size, "num_workers": 1}, **named}
    alone.write(input_samples=samples(NAMES), datapool_members=NO_POOL)
    alone("checked_samples", **settings)
    alone("checkpoint", **settings)
    return settings


def matrix(made: Made) -> np.ndarray:
    return made.tables["embeddings"].frame["embedding"].to_numpy()


def test_every_column(alone: Alone, files: dict[str, Path]) -> None:
    made = alone("embeddings", **up_to_checkpoint(alone))
    frame = made.tables["embeddings"].frame
    healthy = alone.table("checked_samples").frame.filter("healthy")
    same = ["filename", "label", "kind", "source", "masked", "preselected", "content_key", "pixel_key"]
    assert frame.columns == [*same, "embedding", "datapool", "label_number"]
    assert frame.select(same).equals(healthy.select(same))
    assert frame["filename"].to_list() == ["a/copy.png", "a/x.png", "b/large.png"]
    assert frame.schema["embedding"] == pl.Array(pl.Float32, 16)
    assert frame["datapool"].to_list() == [False] * 3
    assert frame["label_number"].to_list() == [0, 0, 1]
    vectors = matrix(made)
    assert np.isfinite(vectors).all()
    assert np.array_equal(vectors[0], vectors[1])
    assert not np.allclose(vectors[0], vectors[2])


def test_the_vector_is_what_the_model_says_of_the_thumbnail(alone: Alone, files: dict[str, Path]) -> None:
    import torch

    made = alone("embeddings", **up_to_checkpoint(alone))
    table = alone.table("thumbnails")
    pack = ThumbnailPacks(alone.home / "thumbnails").of(DATASET, table)
    for name, vector in zip(made.tables["embeddings"].frame["filename"], matrix(made), strict=True):
        (key,) = table.frame.filter(pl.col("filename") == name)["content_key"]
        with Image.open(io.BytesIO(pack.jpegs([key])[key])) as picture:
            square = np.asarray(picture.resize((64, 64), Image.Resampling.BILINEAR), np.float32) / 255
        pixels = torch.from_numpy(((square - MEAN) / DEVIATION).transpose(2, 0, 1)[None])
        with torch.inference_mode():
            expected = small_backbone(1).eval()(pixels).reshape(-1).numpy()
        assert np.linalg.norm(vector - expected) < 0.01 * np.linalg.norm(expected)


def test_files_figures_and_check(alone: Alone, files: dict[str, Path]) -> None:
    settings = up_to_checkpoint(alone)
    made = alone("embeddings", **settings)
    assert made.files == {"data/embeddings.csv"}
    written = made.csv("data/embeddings.csv")
    assert (written["filenames"], written["labels"]) == (["a/copy.png", "a/x.png", "b/large.png"], [0, 0, 1])
    columns = np.array([written[f"embedding_{place}"] for place in range(16)], np.float32).T
    assert np.array_equal(columns, matrix(made))
    assert "Embedding images." in made.log
    assert f"Saving embeddings to {made.folder / 'data/embeddings.csv'}." in made.log
    figures = made.tables["embeddings"].figures["embedding"]
    assert (figures["embedded"], figures["taken_from_cache"]) == (2, 0)  # of different content
    assert (figures["input_size"], figures["dimensions"], figures["device"]) == (64, 16, "cpu")
    assert figures["model"] == alone.table("checkpoint").frame["id"][0]
    about = made.metadata["embeddings"]
    assert {name: about[name] for name in figures} == figures
    check = made.checks["finite_vectors"]
    assert check.passed and check.blocking
    assert check.metadata["rows"].value == 0
    again = alone("embeddings", **settings)
    assert again.versions == made.versions
    remembered = again.tables["embeddings"].figures["embedding"]
    assert (remembered["embedded"], remembered["taken_from_cache"]) == (0, 2)
    assert "device" not in remembered


def test_a_thumbnail_of_the_size_of_the_input_is_enough(alone: Alone, files: dict[str, Path]) -> None:
    settings = up_to_checkpoint(alone, thumbnail_size=64)
    for file in files.values():
        file.unlink()
    made = alone("embeddings", **settings)
    assert len(made.tables["embeddings"].frame) == 3
    assert "embedded from their files" not in made.log


def test_where_thumbnails_are_smaller_files_are_read(alone: Alone, files: dict[str, Path]) -> None:
    from_files = alone("embeddings", **up_to_checkpoint(alone, thumbnail_size=63))
    assert "2 images are embedded from their files" not in from_files.log  # a/x.png is smaller than the input itself
    assert "1 images are embedded from their files" in from_files.log
    assert "corruptness_check.thumbnail_size=64 avoids that" in from_files.log


@pytest.mark.parametrize("content", [None, b"", "another"])
def test_a_file_that_changes_between_check_and_embedding_is_one_line(
    alone: Alone, files: dict[str, Path], content: Any
) -> None:
    settings = up_to_checkpoint(alone, thumbnail_size=32)
    if content is None:
        files["b/large.png"].unlink()
    elif content == "another":
        draw(files["b/large.png"], 300, 200, seed=5)
    else:
        files["b/large.png"].write_bytes(content)
    line = alone.fault("embeddings", **settings)
    start = "cannot be embedded, although it was healthy" if content is None else "changed during the run: it is not"
    assert line.startswith(f"b/large.png {start}")
    assert "run again" in line


def test_weak_labels_are_further_dimensions(alone: Alone, files: dict[str, Path]) -> None:
    settings = up_to_checkpoint(alone, embeddings={**ON_CPU, "append_weak_labels": True})
    made = alone("embeddings", **settings)
    assert matrix(made)[:, 16:].tolist() == [[1, 0], [1, 0], [0, 1]]
    assert made.tables["embeddings"].figures["embedding"]["dimensions"] == 18


def test_a_checkpoint_that_is_exchanged_before_the_embedding_is_one_line(alone: Alone, files: dict[str, Path]) -> None:
    save_weights(alone.shared / "model.ckpt", seed=1)
    settings = up_to_checkpoint(alone, checkpoint={**SMALL_MODEL, "checkpoint": "model.ckpt"})
    assert alone.table("checkpoint").frame["source"].to_list() == ["model.ckpt"]
    save_weights(alone.shared / "model.ckpt", seed=2)
    line = alone.fault("embeddings", **settings)
    assert line.startswith("the model that model.ckpt names changed during the run (it was ")
    assert line.endswith("run again")


CSV = "filenames,embedding_0,embedding_1,labels\na,0,1,7\nb,3,0,-2\nc,1,1,7\n"


@pytest.fixture
def given(alone: Alone) -> dict[str, Any]:
    """Rows c and a of an embeddings file, which is asked for."""
    (alone.shared / "e.csv").write_text(CSV, encoding="utf-8")
    frame = checked(samples(["c", "a"], "vector", label=["7", "7"]))
    alone.write(checked_samples=frame, thumbnails=NO_THUMBNAILS, checkpoint=NO_MODEL, datapool_members=NO_POOL)
    return {"input_samples": {"embeddings": "e.csv"}}


def test_vectors_of_a_file_are_those_of_the_names(alone: Alone, given: dict[str, Any]) -> None:
    made = alone("embeddings", **given)
    frame = made.tables["embeddings"].frame
    assert frame["filename"].to_list() == ["c", "a"]
    assert matrix(made).tolist() == [[1, 1], [0, 1]]
    assert frame["label_number"].to_list() == [7, 7]
    assert made.tables["embeddings"].figures["embedding"] == {"model": "given by e.csv", "dimensions": 2}
    assert made.files == set()  # the file is the user's own


def test_a_file_of_vectors_that_changed_is_one_line(alone: Alone, given: dict[str, Any]) -> None:
    (alone.shared / "e.csv").write_text(CSV.replace("\na,", "\nx,"), encoding="utf-8")
    assert alone.fault("embeddings", **given) == "embeddings=e.csv changed during the run; run again"


def test_members_of_a_datapool_come_last(alone: Alone, given: dict[str, Any]) -> None:
    (alone.shared / "pool").mkdir()
    (alone.shared / "pool" / "datapool_latest.csv").write_text(
        "filenames,embedding_0,embedding_1,labels\nold,5,5,4\na,0,1,7\n", encoding="utf-8"
    )
    named = {**given, "datapool": {"name": "pool"}}
    alone("datapool_members", **named)
    made = alone("embeddings", **named)
    frame = made.tables["embeddings"].frame
    assert frame.select("filename", "label", "datapool", "preselected", "label_number").rows() == [
        ("c", "7", False, False, 7), ("old", "4", True, True, 4), ("a", "7", True, True, 7),
    ]  # fmt: skip
    assert matrix(made).tolist() == [[1, 1], [5, 5], [0, 1]]
    assert made.csv("data/embeddings.csv")["labels"] == [7, 4, 7]
    assert "Datapool pool holds 2 samples, 1 of them in the input: they count as selected." in made.log
