"""A GPU is held by one run at a time: while it embeds, and while it trains; and by none that uses the processor."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from resources.locks import gpu_lock
from resources.tables import Table
from selection_assets.stages.embedding import embed_samples
from selection_assets.stages.training import dataset_training
from tests.assets.conftest import ON_CPU, SMALL_MODEL, Alone
from tests.assets.small_tables import NO_MEMBERS, draw, samples

NO_POOL = Table(NO_MEMBERS, {"exists": False})
WAITING = "waiting for run 0123abcd (started "


@pytest.fixture
def pictures(alone: Alone) -> None:
    names = [draw(alone.input / f"{seed}.png", 70, 64, seed).name for seed in range(4)]
    alone.write(input_samples=samples(names), datapool_members=NO_POOL)
    alone("checked_samples")


class Asked(logging.Handler):
    """Calls `leave` when somebody says that he waits for the run 0123abcd."""

    def __init__(self, leave: Callable[[], None]) -> None:
        super().__init__()
        self._leave = leave

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith(WAITING):
            self._leave()


@contextmanager
def another_run_on(card: str) -> Iterator[threading.Event]:
    """Another run has the card until it is asked; yields an event that is set once it has left."""
    held, left, wake = threading.Event(), threading.Event(), threading.Event()

    def use() -> None:
        with gpu_lock(card, "0123abcd-run", print):
            held.set()
            wake.wait(60)
            left.set()

    thread, asked = threading.Thread(target=use), Asked(wake.set)
    thread.start()
    assert held.wait(20)
    logging.getLogger("winnow").addHandler(asked)
    yield left
    logging.getLogger("winnow").removeHandler(asked)
    wake.set()
    thread.join(20)


def test_embedding_waits_for_its_card(alone: Alone, pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"checkpoint": SMALL_MODEL, "embeddings": ON_CPU}
    alone("checkpoint", **settings)
    monkeypatch.setattr(embed_samples, "gpu_names", lambda wanted: ["GPU-7"])
    with another_run_on("GPU-7") as left:
        made = alone("embeddings", **settings)
        assert left.is_set()
    assert WAITING in made.log and "to leave GPU GPU-7" in made.log
    with another_run_on("GPU-7") as left:  # nothing is left to embed: no card is needed
        assert WAITING not in alone("embeddings", **settings).log
        assert not left.is_set()


def test_training_waits_for_all_its_cards(alone: Alone, pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_training, "gpu_names", lambda wanted: ["GPU-8", "GPU-7"])
    training = {"enable_training": True, "training": {"trainer": {"max_epochs": 1}}}
    with another_run_on("GPU-7") as left:
        made = alone("checkpoint", checkpoint={**SMALL_MODEL, **training}, embeddings=ON_CPU)
        assert left.is_set()
    assert WAITING in made.log and "to leave GPU GPU-7" in made.log


def test_on_the_processor_no_card_is_asked_for(alone: Alone, pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[int] = []

    def names(number: int) -> list[str]:
        wanted.append(number)
        return []

    monkeypatch.setattr(embed_samples, "gpu_names", names)
    monkeypatch.setattr(dataset_training, "gpu_names", names)
    training = {"enable_training": True, "training": {"trainer": {"max_epochs": 1}}}
    settings = {"checkpoint": {**SMALL_MODEL, **training}, "embeddings": ON_CPU}
    alone("checkpoint", **settings)
    alone("embeddings", **settings)
    assert wanted == [0, 0]
