import logging
import os
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.embedding import EmbeddingConfig
from selection_assets.stages.models.model_choice import resnet_choice
from selection_assets.stages.training.dataset_training import (
    KEPT_DAYS,
    checkpoint_folder,
    dataset_training_key,
    state_folder,
    train_on_dataset,
    training_samples,
    training_source,
)
from selection_assets.stages.training.hardware import Hardware
from selection_assets.stages.training.training_result import TrainingResult
from tests.stages.training.conftest import SMALL, Thumbnails

CPU = Hardware("cpu", 1, "cpu", 2)


def test_trainings_that_nobody_asks_for_are_removed(tmp_path: Path) -> None:
    for key in ("old", "recent", "asked for again"):
        (state_folder(tmp_path, key) / "last.ckpt").write_bytes(b"weights")
    for key, days in (("old", KEPT_DAYS + 1), ("recent", KEPT_DAYS - 1), ("asked for again", KEPT_DAYS + 1)):
        then = time.time() - days * 86400
        os.utime(tmp_path / key, (then, then))
    assert (state_folder(tmp_path, "asked for again") / "last.ckpt").read_bytes() == b"weights"
    assert {folder.name for folder in tmp_path.iterdir()} == {"recent", "asked for again"}
    assert (tmp_path / "recent" / "last.ckpt").exists()


def tables(thumbnails: Thumbnails) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Twenty healthy samples of 200 x 160 pixels and a corrupt one; the thumbnails in another order."""
    names = [f"{key}.jpg" for key in thumbnails.keys]
    checked = pl.DataFrame(
        {
            "filename": ["broken.jpg", *names],
            "content_key": [None, *thumbnails.keys],
            "healthy": [False, *[True] * len(names)],
            "width": [None, *[200] * len(names)],
            "height": [None, *[160] * len(names)],
        }
    )
    sizes = pl.DataFrame({"filename": names, "width": thumbnails.sizes[:, 0], "height": thumbnails.sizes[:, 1]})
    return checked, sizes.reverse()


def settings(**training: Any) -> CheckpointConfig:
    return CheckpointConfig(
        enable_training=True,
        model={"name": "resnet-9", "width": 0.125, "num_ftrs": 16, "out_dim": 24},  # type: ignore[arg-type]
        training={"trainer": {"max_epochs": 2}, "optimizer": {"lr": 0.05}, **training},  # type: ignore[arg-type]
    )


def run(thumbnails: Thumbnails, tmp_path: Path, checkpoint: CheckpointConfig, **options: Any) -> TrainingResult:
    return train_on_dataset(
        resnet_choice(SMALL, options.pop("input_size", 16)),
        *tables(thumbnails),
        thumbnails,
        checkpoint=checkpoint,
        embedding=EmbeddingConfig(loader={"batch_size": 8, "num_workers": 1}, trainer={"gpus": 0}),  # type: ignore[arg-type]
        start=options.pop("start", None),
        states=tmp_path / "states",
        folder=tmp_path / "out",
    )


def test_healthy_samples_with_the_sizes_of_their_thumbnails(thumbnails: Thumbnails) -> None:
    samples = training_samples(*tables(thumbnails))
    assert samples.columns == ["filename", "content_key", "short", "width", "height"]
    assert samples["content_key"].to_list() == thumbnails.keys
    assert samples.select("width", "height").rows() == [tuple(size) for size in thumbnails.sizes.tolist()]
    assert samples["short"].unique().to_list() == [160]


def test_what_a_run_writes_says_and_does_not_repeat(
    thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "winnow"):
        result = run(thumbnails, tmp_path, settings())
    names = {"last.ckpt", "lightly_epoch_1.ckpt", result.best}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert {path.name for path in result.folder.iterdir()} == {*names, "result.json"}
    assert all((tmp_path / "out" / name).read_bytes() == (result.folder / name).read_bytes() for name in names)
    assert torch.load(tmp_path / "out" / "lightly_epoch_1.ckpt")["epoch"] == 1
    assert (result.images, result.batch_size, result.threads) == (20, 8, torch.get_num_threads())
    order = [
        "Training self-supervised model.",
        "The model:",
        "Training on cpu with",
        "Saving latest checkpoint...",
        f"The model of epoch {result.best_epoch} embeds: {tmp_path / 'out' / result.best}",
    ]
    said = [next(place for place, line in enumerate(caplog.messages) if line.startswith(start)) for start in order]
    assert said == sorted(said)
    assert training_source(result, settings()) == "trained on 20 images, starting from random weights"
    assert training_source(result, CheckpointConfig(checkpoint="a.ckpt")).endswith("starting from a.ckpt")

    caplog.clear()
    (tmp_path / "out" / "last.ckpt").unlink()
    with caplog.at_level(logging.INFO, "winnow"):
        assert run(thumbnails, tmp_path, settings(summary_callback={"max_depth": 3})) == result
    assert "This training is finished already: nothing to do." in caplog.messages
    assert (tmp_path / "out" / "last.ckpt").is_file()


def test_small_thumbnails(thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """They are 50 pixels high, their images 160: that is enough for views of 50 pixels, but not of 51."""
    one = settings(trainer={"max_epochs": 1})
    run(thumbnails, tmp_path, one, input_size=50)
    assert not any("thumbnails are smaller" in message for message in caplog.messages)
    run(thumbnails, tmp_path, one, input_size=51)
    (said,) = [message for message in caplog.messages if "thumbnails are smaller" in message]
    assert said.startswith("20 of 20 thumbnails are smaller than lightly.collate.input_size=51 and than their images")
    assert "corruptness_check.thumbnail_size=102" in said


def test_the_key_is_that_of_all_that_changes_the_weights(tmp_path: Path) -> None:
    (tmp_path / "a.ckpt").write_bytes(b"a")
    (tmp_path / "b.ckpt").write_bytes(b"a")
    (tmp_path / "c.ckpt").write_bytes(b"c")

    def key(
        input_size: int = 16,
        hardware: Hardware = CPU,
        start: str = "",
        batch_size: int = 8,
        seed: int = 1,
        **training: Any,
    ) -> str:
        return dataset_training_key(
            resnet_choice(SMALL, input_size),
            ["x", "y"],
            checkpoint=settings(**training).model_copy(update={"seed": seed}),
            embedding=EmbeddingConfig(loader={"batch_size": batch_size}),  # type: ignore[arg-type]
            start=tmp_path / start if start else None,
            hardware=hardware,
        )

    others = [
        key(17),
        key(hardware=Hardware("cpu", 1, "cpu", 4)),
        key(hardware=Hardware("cuda", 1, "GPU", 0)),
        key(start="a.ckpt"),
        key(start="c.ckpt"),
        key(batch_size=9),
        key(seed=2),
        key(optimizer={"lr": 0.1}),
        key(collate={"hf_prob": 0.4}),
        key(checkpoint_callback={"save_top_k": 2}),
    ]
    assert len({key(), *others}) == len(others) + 1
    assert key(start="a.ckpt") == key(start="b.ckpt")  # what counts is what it holds
    assert (
        key() == key(summary_callback={"max_depth": 5}) == key(checkpoint_callback={"dirpath": "x", "save_last": False})
    )


def test_folders_for_checkpoints(tmp_path: Path) -> None:
    assert checkpoint_folder(tmp_path, "") == tmp_path
    assert checkpoint_folder(tmp_path, "a/b") == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()
    assert not list((tmp_path / "a" / "b").iterdir())
    assert checkpoint_folder(tmp_path / "run", str(tmp_path / "c")) == tmp_path / "c"
    with pytest.raises(InputError, match=r"lightly\.checkpoint_callback\.dirpath=\.\./x must not hold '\.\.'"):
        checkpoint_folder(tmp_path, "../x")
    with pytest.raises(InputError, match=r"dirpath=/proc/nope: no checkpoint can be written there"):
        checkpoint_folder(tmp_path, "/proc/nope")
