"""Whole trainings of the smallest network: what they write, repeat, resume, refuse."""

import logging
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from configs.errors import InputError
from configs.stages.training import (
    AugmentationConfig,
    CheckpointCallbackConfig,
    CriterionConfig,
    OptimizerConfig,
    TrainingLoaderConfig,
)
from selection_assets.stages.training import lightning_loop
from selection_assets.stages.training.hardware import Hardware
from selection_assets.stages.training.loss_curve import LossCurve
from tests.stages.embedding.whole_results import load_resnet
from tests.stages.training.conftest import SMALL, Thumbnails, killed_before_epoch, short, train_small

Weights = dict[str, torch.Tensor]


def weights(path: Path) -> Weights:
    found: Weights = torch.load(path)["state_dict"]  # weights-only is torch's default
    return found


def same(first: Weights, second: Weights) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def change_a_weight(path: Path) -> None:
    """One bit of one number; any reader that trusts the file takes it."""
    content = bytearray(path.read_bytes())
    content[content.index(weights(path)["model.backbone.7.weight"].numpy().tobytes()) + 5] ^= 1
    path.write_bytes(content)


@pytest.fixture(scope="module")
def trained(thumbnails: Thumbnails, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with four finished epochs, all of them kept."""
    folder = tmp_path_factory.mktemp("trained")
    result = train_small(folder, thumbnails, short(4, checkpoint_callback=CheckpointCallbackConfig(save_top_k=-1)))
    assert len(result.epochs) == 4
    return folder


def test_checkpoints_count_epochs_from_zero(trained: Path) -> None:
    assert sorted(path.name for path in trained.iterdir()) == [
        "last.ckpt",
        *(f"lightly_epoch_{epoch}.ckpt" for epoch in range(4)),
        "result.json",
    ]
    assert same(weights(trained / "last.ckpt"), weights(trained / "lightly_epoch_3.ckpt"))
    assert torch.load(trained / "lightly_epoch_2.ckpt")["epoch"] == 2


def test_training_learns(thumbnails: Thumbnails, tmp_path: Path) -> None:
    easy = AugmentationConfig(cj_prob=0, random_gray_scale=0, gaussian_blur=0, min_scale=0.5)
    result = train_small(tmp_path, thumbnails, short(8, collate=easy), batch_size=10)
    losses = [epoch.loss for epoch in result.epochs]
    assert losses[0] == pytest.approx(np.log(2 * 10 - 1), abs=0.3)  # chance: every candidate is equally likely
    assert losses[-1] < losses[0] - 0.5
    assert all(epoch.images == 20 for epoch in result.epochs)
    assert result.best_epoch == int(np.argmin(losses))


def test_the_documented_loader_loads_our_checkpoints(trained: Path) -> None:
    """The example of the documentation: no head, no last convolution, the rest strictly by name."""
    page = (Path(__file__).parents[3] / "docs" / "training.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "docs/training.md", "exec"), names)
    backbone = names["load_backbone"](trained / "lightly_epoch_3.ckpt", name="resnet-9", width=0.125)
    images = torch.rand(3, 3, 16, 16)
    ours: Any = load_resnet(SMALL, trained / "lightly_epoch_3.ckpt").backbone
    with torch.no_grad():
        features = backbone(images)
        assert features.shape == (3, 64, 1, 1)
        assert torch.allclose(ours[7](features).flatten(1), ours(images).flatten(1), atol=1e-5)


def test_checkpoints_of_the_package_load_and_can_be_trained_further(
    thumbnails: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package's own command-line training writes a checkpoint; here its code runs unchanged."""
    import sys

    from benchmarks.package_training import main

    (tmp_path / "images").mkdir()
    for key in thumbnails.keys[:4]:
        (tmp_path / "images" / f"{key}.jpg").write_bytes(thumbnails.jpegs[key])
    monkeypatch.chdir(tmp_path)  # and back at the end
    (tmp_path / "package").mkdir()
    options = {
        "model": {"name": "resnet-9", "width": 0.125, "num_ftrs": 16, "out_dim": 24},
        "trainer": {"max_epochs": 1, "gpus": 0, "enable_model_summary": False},
        "loader": {"batch_size": 4, "num_workers": 0},
        "collate": {"input_size": 16},
    }
    try:
        main({"images": str(tmp_path / "images"), "folder": str(tmp_path / "package"), "options": options})
    finally:
        for name in ("hydra", "hydra.utils", "omegaconf"):
            sys.modules.pop(name, None)
    file = tmp_path / "package" / "lightly_epoch_0.ckpt"
    theirs = weights(file)
    embedding = load_resnet(SMALL, file).backbone.state_dict()
    assert torch.equal(embedding["7.weight"], theirs["model.backbone.7.weight"])
    frozen = short(1, optimizer=OptimizerConfig(lr=0.0))
    train_small(tmp_path / "ours", thumbnails, frozen, start=file)
    ours = weights(tmp_path / "ours" / "last.ckpt")
    assert ours.keys() == theirs.keys()
    learnt = [name for name in ours if "running" not in name and "num_batches" not in name]
    assert len(learnt) > 20
    assert all(torch.equal(ours[name], theirs[name]) for name in learnt)


def test_a_finished_training_is_not_repeated(
    trained: Path, thumbnails: Thumbnails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lightning_loop, "fit", lambda *_: pytest.fail("trained again"))
    result = train_small(trained, thumbnails, short(4))
    assert [round(epoch.loss, 3) for epoch in result.epochs]
    assert result.best == f"lightly_epoch_{result.best_epoch}.ckpt"


@pytest.mark.parametrize("bank", [0, 32])
def test_a_killed_training_goes_on_as_if_nothing_had_happened(
    thumbnails: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bank: int
) -> None:
    config = short(3, criterion=CriterionConfig(memory_bank_size=bank))
    whole = train_small(tmp_path / "whole", thumbnails, config)

    with killed_before_epoch(2, monkeypatch):
        train_small(tmp_path / "parts", thumbnails, config)
    resumed = train_small(tmp_path / "parts", thumbnails, config)
    assert [epoch.loss for epoch in resumed.epochs] == [epoch.loss for epoch in whole.epochs]
    assert same(weights(tmp_path / "whole" / "last.ckpt"), weights(tmp_path / "parts" / "last.ckpt"))
    assert resumed.best == whole.best


def test_a_damaged_state_starts_again(thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "last.ckpt").write_bytes(b"no checkpoint")
    assert len(train_small(tmp_path, thumbnails, short(1)).epochs) == 1
    assert any("last.ckpt cannot be read" in message for message in caplog.messages)


def test_seeds(trained: Path, thumbnails: Thumbnails, tmp_path: Path) -> None:
    last = [
        weights(train_small(tmp_path / name, thumbnails, short(1), seed=seed, num_workers=workers).folder / "last.ckpt")
        for name, seed, workers in (("a", 1, 0), ("b", 1, 3), ("c", 2, 0))
    ]
    assert same(last[0], last[1])
    assert not same(last[0], last[2])
    assert same(last[0], weights(trained / "lightly_epoch_0.ckpt"))


def test_which_files_are_kept(thumbnails: Thumbnails, tmp_path: Path) -> None:
    two = train_small(
        tmp_path / "two", thumbnails, short(3, checkpoint_callback=CheckpointCallbackConfig(save_top_k=2))
    )
    losses = [epoch.loss for epoch in two.epochs]
    best = sorted(np.argsort(losses)[:2].tolist())
    assert two.kept == tuple(best)
    assert sorted(path.name for path in two.folder.glob("lightly*")) == [
        f"lightly_epoch_{n}.ckpt" for n in sorted({*best, 2})
    ]
    none = train_small(
        tmp_path / "none", thumbnails, short(1, checkpoint_callback=CheckpointCallbackConfig(save_top_k=0))
    )
    assert none.best == "last.ckpt"
    assert not list(none.folder.glob("lightly*"))


def test_mixed_precision(thumbnails: Thumbnails, tmp_path: Path) -> None:
    result = train_small(tmp_path, thumbnails, short(1, trainer={"precision": "16"}))
    assert result.precision == "bf16"  # on a CPU
    assert np.isfinite(result.epochs[0].loss)
    assert {tensor.dtype for tensor in weights(tmp_path / "last.ckpt").values()} == {torch.float32, torch.int64}


def test_a_batch_larger_than_the_dataset(
    thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "winnow"):
        result = train_small(tmp_path, thumbnails, short(1), batch_size=512)
    assert result.batch_size == 20
    assert result.epochs[0].images == 20
    assert "lightly.loader.batch_size=512 is more than the 20 images: using 20." in caplog.messages
    assert any("small batch of 20 images" in message for message in caplog.messages)


def test_the_model_is_printed_as_deep_as_asked(
    thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from configs.stages.training import SummaryCallbackConfig, TrainingTrainerConfig

    for depth, names in ((1, {"model"}), (2, {"model", "model.backbone"})):
        caplog.clear()
        config = short(1, summary_callback=SummaryCallbackConfig(max_depth=depth))
        config = config.model_copy(update={"trainer": TrainingTrainerConfig(max_epochs=1)})
        with caplog.at_level(logging.INFO, "winnow"):
            train_small(tmp_path / str(depth), thumbnails, config)
        (summary,) = [message for message in caplog.messages if message.startswith("The model:")]
        for name in ("model", "model.backbone", "model.backbone.3"):
            assert (f"| {name} " in summary) == (name in names)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 1}, "lightly.loader.batch_size=1: SimCLR compares"),
        ({"hardware": Hardware("cpu", 11, "11 cpu")}, "at least two images per device, here 20 for 11"),
    ],
)
def test_refusals(thumbnails: Thumbnails, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        train_small(tmp_path, thumbnails, short(1), **changes)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_images(tmp_path: Path, count: int) -> None:
    with pytest.raises(InputError, match=f"at least two images per device, here {count} for 1"):
        train_small(tmp_path, Thumbnails(count), short(1))


def test_a_loss_that_is_not_finite(thumbnails: Thumbnails, tmp_path: Path) -> None:
    wild = short(4, optimizer=OptimizerConfig(lr=1e6, weight_decay=1.0), loader=TrainingLoaderConfig(drop_last=False))
    with pytest.raises(InputError, match=r"training diverged: .* lower lightly\.optimizer\.lr"):
        train_small(tmp_path, thumbnails, wild)
    assert not (tmp_path / "result.json").exists()


@pytest.mark.parametrize(
    ("lr", "epochs", "fault"),
    [
        (1e6, 1, "the model after epoch 0 gives NaN or infinite embeddings"),
        (1e6, 3, r"after epoch 1 tensor backbone\.\S+ holds numbers as large as"),
        (1e5, 3, "the model after epoch 2 gives "),
    ],
)
def test_weights_that_overflow_after_the_last_loss_was_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, lr: float, epochs: int, fault: str
) -> None:
    """One step per epoch: all losses are finite. The same call says the same again, and nothing counts as finished."""
    config, pictures = short(epochs, optimizer=OptimizerConfig(lr=lr)), Thumbnails(17)
    messages = []
    with caplog.at_level(logging.INFO, "winnow"):
        for _ in range(2):
            with pytest.raises(
                InputError, match=rf"^training diverged: {fault}.*; lower lightly\.optimizer\.lr=1"
            ) as error:
                train_small(tmp_path, pictures, config, batch_size=16, input_size=32)
            messages.append(str(error.value))
    assert messages[0] == messages[1]
    assert not (tmp_path / "result.json").exists()
    assert "This training is finished already: nothing to do." not in caplog.messages


def test_the_best_epoch_is_one_whose_memory_bank_was_full(thumbnails: Thumbnails, tmp_path: Path) -> None:
    """Random vectors are easily told from images, so the first losses are the smallest, whatever the model learns."""
    config = short(6, criterion=CriterionConfig(memory_bank_size=60))
    result = train_small(tmp_path, thumbnails, config, batch_size=10)
    losses = [epoch.loss for epoch in result.epochs]
    assert int(np.argmin(losses)) == 0
    assert result.best_epoch == 3 + int(np.argmin(losses[3:]))  # 20 images per epoch
    assert {path.name for path in tmp_path.glob("lightly*")} == {result.best, "lightly_epoch_5.ckpt"}


def test_a_memory_bank_that_is_never_full(
    thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    result = train_small(tmp_path, thumbnails, short(2, criterion=CriterionConfig(memory_bank_size=1000)))
    assert (result.best, result.kept) == ("lightly_epoch_1.ckpt", (1,))
    assert any(
        message.startswith("lightly.criterion.memory_bank_size=1000 was never full, so no two losses")
        for message in caplog.messages
    )


def test_the_last_epoch_has_two_names_and_one_file(trained: Path) -> None:
    assert (trained / "last.ckpt").samefile(trained / "lightly_epoch_3.ckpt")
    assert (trained / "lightly_epoch_2.ckpt").stat().st_nlink == 1


def test_a_finished_training_whose_file_was_damaged_is_repeated(
    thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = train_small(tmp_path, thumbnails, short(2))
    before = weights(tmp_path / first.best)
    change_a_weight(tmp_path / first.best)
    again = train_small(tmp_path, thumbnails, short(2))
    assert [epoch.loss for epoch in again.epochs] == [epoch.loss for epoch in first.epochs]
    assert same(weights(tmp_path / again.best), before)
    (said,) = [message for message in caplog.messages if message.endswith(": training starts again.")]
    assert said.startswith(f"{tmp_path / first.best} is damaged (wrong checksum of its part ")


def test_a_state_with_one_changed_byte_starts_again(
    thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train_small(tmp_path, thumbnails, short(1))
    (tmp_path / "result.json").unlink()
    change_a_weight(tmp_path / "last.ckpt")
    with caplog.at_level(logging.INFO, "winnow"):
        train_small(tmp_path, thumbnails, short(1))
    assert any("last.ckpt cannot be read (checkpoint" in message for message in caplog.messages)
    assert any(message.startswith("Training starts from random weights") for message in caplog.messages)


def test_what_the_log_says_a_training_starts_from(
    trained: Path, thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "winnow"):
        train_small(tmp_path, thumbnails, short(1), start=trained / "lightly_epoch_2.ckpt")
        (tmp_path / "result.json").unlink()
        train_small(tmp_path, thumbnails, short(1), start=trained / "lightly_epoch_2.ckpt")
    said = [message for message in caplog.messages if message.startswith("Training ") and " small batch" not in message]
    assert said == [
        "Training goes on from lightly_epoch_2.ckpt.",
        "Training on cpu with 1 threads: 20 images, 8 per step.",
        f"Training goes on from {tmp_path / 'last.ckpt'} after epoch 0.",
        "Training on cpu with 1 threads: 20 images, 8 per step.",
    ]


def test_a_line_every_half_minute_off_a_terminal(
    thumbnails: Thumbnails, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("selection_assets.stages.progress.LOG_EVERY_SECONDS", 0.005)
    with caplog.at_level(logging.INFO, "winnow"):
        train_small(tmp_path, thumbnails, short(4))
    lines = [message for message in caplog.messages if message.startswith("Epoch ") and ", step " in message]
    assert lines
    assert all(re.fullmatch(r"Epoch [0-3]: loss \d\.\d\d, step [12] of 2, \d+\.\d images/s", line) for line in lines)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory. Tried"), RuntimeError("DefaultCPUAllocator: can't allocate memory")],
)
def test_out_of_memory_names_the_key_to_lower(
    thumbnails: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(lightning_loop, "_run", fail)
    with pytest.raises(InputError, match=r"lightly\.loader\.batch_size=8: too large .* lower lightly\.loader\.batch"):
        train_small(tmp_path, thumbnails, short(1))


def test_interruption_stays_an_interruption(
    thumbnails: Thumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(LossCurve, "on_train_epoch_start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_small(tmp_path, thumbnails, short(1))
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.slow
def test_several_devices(thumbnails: Thumbnails, tmp_path: Path) -> None:
    """Two processes on the CPU: DDP as with GPUs. Both see half of the images, and resume works too."""
    pair = Hardware("cpu", 2, "2 x cpu")
    result = train_small(tmp_path, thumbnails, short(2), batch_size=5, hardware=pair)
    assert [epoch.images for epoch in result.epochs] == [20, 20]
    assert result.device == "2 x cpu"
    assert load_resnet(SMALL, tmp_path / result.best).card.weights
    (tmp_path / "result.json").unlink()
    assert train_small(tmp_path, thumbnails, short(2), batch_size=5, hardware=pair).epochs == result.epochs
