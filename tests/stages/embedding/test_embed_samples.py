import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from configs.stages.check import CheckConfig
from configs.stages.embedding import EmbeddingConfig
from resources.engine.local import map_batches
from resources.sample_cache import SampleCache
from selection_assets.stages.checking.check_pool import verdict_key
from selection_assets.stages.embedding.embed_samples import PictureSource, embed_samples
from selection_assets.stages.models.embedding_model import EmbeddingModel
from selection_assets.stages.models.model_row import model_row
from tests.stages.embedding.whole_results import embed_all, squares

CONFIG = EmbeddingConfig.model_validate({"loader": {"batch_size": 4, "num_workers": 1}, "trainer": {"gpus": 0}})


class Run:
    """Pictures whose thumbnails are the files themselves, and how often the model was loaded."""

    def __init__(self, folder: Path, model: EmbeddingModel, pictures: dict[str, bytes], thumbnail: int = 64) -> None:
        self.model, self.pictures = model, pictures
        self.cache = SampleCache(folder / "cache.sqlite")
        self.loaded, self.read_files, self.read_thumbnails = 0, set[str](), set[str]()
        names = list(pictures)
        keys = [verdict_key(hashlib.sha256(data).hexdigest(), name, 128, 1_000_000) for name, data in pictures.items()]
        self.names = dict(zip(keys, names, strict=True))
        self.samples = pl.DataFrame(
            {
                "filename": names,
                "source": names,
                "content_key": keys,
                "width": 96,
                "height": 70,
            }
        )
        self.thumbnails = pl.DataFrame({"filename": names, "width": thumbnail + 30, "height": thumbnail})

    def load(self) -> EmbeddingModel:
        self.loaded += 1
        return self.model

    def jpegs(self, keys: Sequence[str]) -> dict[str, bytes]:
        self.read_thumbnails.update(keys)
        return {key: self.pictures[self.names[key]] for key in keys}

    def read(self, name: str) -> bytes:
        self.read_files.add(name)
        return self.pictures[name]

    def __call__(self, samples: pl.DataFrame | None = None) -> tuple[np.ndarray, dict[str, object]]:
        found, figures = embed_samples(
            self.samples if samples is None else samples,
            self.thumbnails,
            model_row(self.model.card, "seed 1"),
            self.load,
            PictureSource(self.jpegs, self.read),
            self.cache,
            map_batches,
            CONFIG,
            CheckConfig(),
        )
        return found.vectors, figures


@pytest.fixture
def few(pictures: dict[str, bytes]) -> dict[str, bytes]:
    return dict(list(pictures.items())[:9])


def test_vectors_and_figures(tmp_path: Path, small_model: EmbeddingModel, few: dict[str, bytes]) -> None:
    run = Run(tmp_path, small_model, few)
    vectors, figures = run()
    expected = embed_all(small_model, squares(few.values()), batch_size=4)[1]
    assert np.array_equal(vectors, expected)
    assert figures["model"] == small_model.card.id
    assert (figures["input_size"], figures["embedded"], figures["taken_from_cache"]) == (64, 9, 0)
    assert figures["device"] == "cpu" and figures["seconds"] > 0  # type: ignore[operator]
    assert figures["images_per_second"] == pytest.approx(9 / figures["seconds"])  # type: ignore[operator]
    assert 0 < figures["compute_efficiency"] <= 1  # type: ignore[operator]
    assert run.read_files == set() and run.read_thumbnails == set(run.names)


def test_a_second_time_the_model_is_not_even_loaded(
    tmp_path: Path, small_model: EmbeddingModel, few: dict[str, bytes]
) -> None:
    run = Run(tmp_path, small_model, few)
    first, _ = run(run.samples.head(4))
    assert run.loaded == 1
    both, figures = run()
    assert run.loaded == 2
    assert (figures["embedded"], figures["taken_from_cache"]) == (5, 4)
    assert np.array_equal(both[:4], first)
    again, figures = run()
    assert run.loaded == 2
    assert np.array_equal(again, both)
    assert figures == {"model": small_model.card.id, "input_size": 64, "embedded": 0, "taken_from_cache": 9}


@pytest.mark.parametrize(("thumbnail", "from_files"), [(63, 9), (64, 0), (65, 0)])
def test_files_are_read_where_thumbnails_are_too_small(
    tmp_path: Path,
    small_model: EmbeddingModel,
    few: dict[str, bytes],
    thumbnail: int,
    from_files: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = Run(tmp_path, small_model, few, thumbnail)
    with caplog.at_level(logging.INFO, "winnow"):
        vectors, _ = run()
    assert len(run.read_files) == from_files and len(run.read_thumbnails) == 9 - from_files
    expected = embed_all(small_model, squares(few.values()), batch_size=4)[1]
    assert np.allclose(vectors, expected, atol=1e-3)
    told = [message for message in caplog.messages if "from their files" in message]
    line = (
        "9 images are embedded from their files: thumbnails are smaller than the model's input of 64 px "
        "(corruptness_check.thumbnail_size=64 avoids that)."
    )
    assert told == ([line] if from_files else [])


def test_a_picture_that_cannot_be_had_any_more_ends_the_run(
    tmp_path: Path, small_model: EmbeddingModel, few: dict[str, bytes]
) -> None:
    run = Run(tmp_path, small_model, few, thumbnail=32)
    run.pictures = {**few, "p/03.jpg": b"overwritten"}
    with pytest.raises(InputError, match=r"^p/03\.jpg changed during the run"):
        run()
