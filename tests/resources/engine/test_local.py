import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any

import numpy as np
import pytest

from resources.engine.local import map_batches
from selection_assets.stages.map_batches import Kind, MapBatches

KINDS = [("threads", 1), ("threads", 3), ("threads", 0), ("processes", 1), ("processes", 2)]


def total(batch: np.ndarray) -> float:
    return float(batch.sum())


def slow_for_the_first(batch: int) -> int:
    time.sleep(0.3 if batch == 0 else 0)
    return batch * batch


class Made:
    """A state that can be told from others and counts its uses."""

    def __init__(self) -> None:
        self.of = (os.getpid(), threading.get_ident())
        self.uses = 0


def use(batch: int, state: Made) -> tuple[int, int, bool]:
    time.sleep(0.005)
    state.uses += 1
    return batch, state.uses, state.of == (os.getpid(), threading.get_ident())


def no_state() -> Made:
    raise LookupError("no weights")


def fails_at(batch: int, bad: int) -> int:
    if batch == bad:
        raise KeyError(batch)
    return batch


def dies(batch: int) -> int:
    os._exit(3)


@pytest.mark.parametrize(("kind", "num_workers"), KINDS)
def test_results_are_those_of_the_plain_loop_in_order(kind: Kind, num_workers: int) -> None:
    engine: MapBatches = map_batches
    batches = [np.random.default_rng(seed).random(1000) for seed in range(40)]
    assert list(engine(total, batches, num_workers=num_workers, kind=kind)) == [total(batch) for batch in batches]
    slow = engine(slow_for_the_first, range(6), num_workers=num_workers, kind=kind)
    assert list(slow) == [0, 1, 4, 9, 16, 25]
    assert list(engine(total, [], num_workers=num_workers, kind=kind)) == []


@pytest.mark.parametrize(("kind", "num_workers"), KINDS)
def test_one_state_for_each_worker(kind: Kind, num_workers: int) -> None:
    results = list(map_batches(use, range(24), make_state=Made, num_workers=num_workers, kind=kind))
    assert [batch for batch, _, _ in results] == list(range(24))
    assert all(own for _, _, own in results)
    states = sum(uses == 1 for _, uses, _ in results)
    assert 1 <= states <= max(1, num_workers)
    assert max(uses for _, uses, _ in results) >= 24 // max(1, num_workers)


@pytest.mark.parametrize(("kind", "num_workers"), KINDS)
def test_an_error_comes_when_its_result_is_due(kind: Kind, num_workers: int) -> None:
    seen = []
    with pytest.raises(KeyError, match="7"):
        for result in map_batches(partial(fails_at, bad=7), range(1000), num_workers=num_workers, kind=kind):
            seen.append(result)
    assert seen == list(range(7))
    with pytest.raises(LookupError, match="no weights"):
        list(map_batches(use, range(3), make_state=no_state, num_workers=num_workers, kind=kind))


def test_the_first_error_cancels_the_rest() -> None:
    ran: list[int] = []

    def work(batch: int) -> int:
        ran.append(batch)
        time.sleep(0.02)
        return fails_at(batch, bad=2)

    with pytest.raises(KeyError):
        list(map_batches(work, range(1000), num_workers=2, ahead=50))
    done = len(ran)
    assert done < 20
    time.sleep(0.1)
    assert len(ran) == done


@pytest.mark.parametrize(("num_workers", "ahead", "most"), [(2, None, 4), (2, 9, 9), (3, 1, 1), (1, 0, 1), (0, 5, 1)])
def test_batches_are_taken_a_bounded_distance_ahead(num_workers: int, ahead: int | None, most: int) -> None:
    taken = 0

    def batches() -> Iterator[int]:
        nonlocal taken
        for batch in range(100):
            taken += 1
            yield batch

    farthest = 0
    for result in map_batches(slow_for_the_first, batches(), num_workers=num_workers, ahead=ahead):
        farthest = max(farthest, taken - int(result**0.5))
    assert farthest == most


def test_closing_early_starts_nothing_more() -> None:
    ran: list[int] = []

    def work(batch: int) -> int:
        ran.append(batch)
        time.sleep(0.01)
        return batch

    results: Any = map_batches(work, range(1000), num_workers=2)
    assert next(results) == 0
    results.close()
    done = len(ran)
    assert done <= 6
    time.sleep(0.1)
    assert len(ran) == done


def test_a_dead_process_ends_the_map() -> None:
    with pytest.raises(BrokenProcessPool):
        list(map_batches(dies, range(3), num_workers=1, kind="processes"))
