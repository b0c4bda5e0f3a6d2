"""A run that trains the model first; then one that selects differently; then what is refused."""

import fcntl
import json
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from selection_assets.command.main import main
from tests.e2e.conftest import SMALL_MODEL, WINNOW

TRAINING = [
    "enable_training=True",
    "lightly.trainer.max_epochs=2",
    "lightly.collate.input_size=16",
    "lightly.optimizer.lr=0.05",
    "dataset=trained",
    *SMALL_MODEL,
]


@pytest.fixture
def workplace(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, pictures: Path) -> Path:
    """A fresh state folder, an output folder, and one shared folder."""
    folder = tmp_path_factory.mktemp("training")
    (folder / "shared").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "home"))
    monkeypatch.chdir(folder)
    return folder


def run(capsys: pytest.CaptureFixture[str], pictures: Path, *tokens: str) -> tuple[Path, str]:
    assert main(["run", f"input_dir={pictures}", "output_dir=out", "shared_dir=shared", *tokens]) == 0
    output = capsys.readouterr().out
    return Path(output.splitlines()[-1]), output


def refused(capsys: pytest.CaptureFixture[str], pictures: Path, *tokens: str) -> str:
    assert main(["run", f"input_dir={pictures}", "output_dir=out", "shared_dir=shared", *tokens]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("winnow: error: ")]
    return line


def vectors(folder: Path) -> np.ndarray:
    table = pl.read_csv(folder / "data" / "embeddings.csv")
    return table.select(pl.col("^embedding_.*$")).to_numpy()


def test_training_from_end_to_end(workplace: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, output = run(capsys, pictures, *TRAINING, "stopping_condition.n_samples=10", "run_directory=first")
    order = [
        "Checking for corrupt images",
        "Training self-supervised model.",
        "Saving latest checkpoint...",
        "The model of epoch",
        "Embedding images.",
    ]
    places = [output.find(line) for line in order]
    assert -1 not in places
    assert places == sorted(places)

    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    training = report["training"]
    assert len(training["losses"]) == 2
    assert training["best_epoch"] == int(np.argmin(training["losses"]))
    assert training["checkpoint"] == f"lightly_epoch_{training['best_epoch']}.ckpt"
    assert training["images"] == 26  # 29 files, 3 of them corrupt
    assert (folder / report["plots"]["training_loss"]).read_bytes().startswith(b"\x89PNG")
    written = sorted(path.name for path in folder.glob("*.ckpt"))
    assert written == sorted({"last.ckpt", "lightly_epoch_1.ckpt", training["checkpoint"]})
    assert (folder / "last.ckpt").samefile(folder / "lightly_epoch_1.ckpt")
    log = (folder / "log.txt").read_text(encoding="utf-8")
    assert "Epoch 0: loss" in log
    assert "Epoch 1: loss" in log

    # Another selection: neither trained nor embedded again.
    second, output = run(capsys, pictures, *TRAINING, "stopping_condition.n_samples=5", "run_directory=second")
    assert "This training is finished already: nothing to do." in output
    assert "Epoch 0: loss" not in (second / "log.txt").read_text(encoding="utf-8")
    assert np.array_equal(vectors(folder), vectors(second))
    again = json.loads((second / "report.json").read_text(encoding="utf-8"))
    assert again["training"]["losses"] == training["losses"]
    assert again["embedding"]["images_per_second"] is None
    assert sorted(path.name for path in second.glob("*.ckpt")) == written

    # A checkpoint of another architecture is named before any work.
    shutil.copy(folder / training["checkpoint"], workplace / "shared" / "mine.ckpt")
    message = refused(capsys, pictures, "checkpoint=mine.ckpt", "enable_training=True", "run_directory=third")
    assert "set lightly.model.name=resnet-9 lightly.model.width=0.125 lightly.model.num_ftrs=16" in message
    assert not (workplace / "out" / "third").exists()


def test_no_epochs_are_no_training(workplace: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is trained and no model is named, so the built-in one embeds."""
    folder, output = run(capsys, pictures, "enable_training=True", "lightly.trainer.max_epochs=0", "n_example_images=0")
    assert "No training: lightly.trainer.max_epochs=0." in output
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["embedding"]["model"].startswith("winnow-")
    assert report["training"] is None


def test_a_folder_for_checkpoints_that_cannot_be_written(
    workplace: Path, pictures: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, pictures, *TRAINING, "lightly.checkpoint_callback.dirpath=/proc/nope")
    assert "lightly.checkpoint_callback.dirpath=/proc/nope: no checkpoint can be written there" in message
    assert not list((workplace / "home" / "training").glob("*/*.ckpt"))  # said before anything is trained


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_progress_on_a_terminal_and_an_interruption(workplace: Path, pictures: Path, number: signal.Signals) -> None:
    """The bar moves while the run goes on; Ctrl-C, which every process of the terminal gets, ends it in one line."""
    controller, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [WINNOW, "run", f"input_dir={pictures}", "output_dir=out", *TRAINING, "lightly.trainer.max_epochs=100000"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal, start_new_session=True
    ) as process:
        os.close(terminal)
        try:
            shown = _read_until(controller, r"Epoch [1-9]\d*: loss=\d+\.\d+: .*steps/s")
            os.killpg(process.pid, number)
            shown += _read_until(controller, None)
            assert process.wait(60) == 130
        finally:
            process.kill()
            os.close(controller)
    assert "winnow: interrupted; finished steps are kept" in shown.splitlines()[-1]
    assert "Traceback" not in shown
    assert list((workplace / "home" / "training").glob("*/last.ckpt"))


def _read_until(terminal: int, pattern: str | None) -> str:
    """What a terminal shows until `pattern` is among it, or until nobody writes to it any more."""
    text, deadline = "", time.monotonic() + 180
    while time.monotonic() < deadline and not (pattern and re.search(pattern, text)):
        ready, _, _ = select.select([terminal], [], [], 1)
        try:
            text += os.read(terminal, 65_536).decode() if ready else ""
        except OSError:  # the last process that had the terminal is gone
            return text
    assert not pattern or re.search(pattern, text), text
    return text


def test_what_excludes_training(workplace: Path, pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "exclude each other" in refused(capsys, pictures, *TRAINING, "datapool.name=pool")
    (workplace / "shared" / "a.csv").write_text("filenames,embedding_0,labels\na.jpg,1,0\n", encoding="utf-8")
    assert "exclude each other" in refused(capsys, pictures, *TRAINING, "embeddings=a.csv")
