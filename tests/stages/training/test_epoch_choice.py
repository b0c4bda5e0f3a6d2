import numpy as np
import pytest

from selection_assets.stages.training.epoch_choice import best_epochs, comparable_epochs


def full_before(images: list[int], bank: int, devices: int) -> list[int]:
    """One projection after the other into a list of places, as a memory bank fills."""
    places, at, found = [False] * bank, 0, []
    for epoch, count in enumerate(images):
        if all(places):
            found.append(epoch)
        for _ in range(count // devices if bank else 0):
            places[at % bank] = True
            at += 1
    return found


@pytest.mark.parametrize("bank", [0, 1, 19, 20, 21, 39, 40, 41, 100])
@pytest.mark.parametrize("devices", [1, 2])
def test_an_epoch_counts_when_the_bank_was_full_before_it(bank: int, devices: int) -> None:
    images = [20, 20, 18, 20, 20]
    assert comparable_epochs(images, bank, devices) == full_before(images, bank, devices)


def test_the_edge_by_hand() -> None:
    assert comparable_epochs([20, 20, 20], 0) == [0, 1, 2]
    assert comparable_epochs([20, 20, 20], 20) == [1, 2]
    assert comparable_epochs([20, 20, 20], 21) == [2]
    assert comparable_epochs([20, 20, 20], 41) == []
    assert comparable_epochs([20, 20, 20], 20, devices=2) == [2]
    assert comparable_epochs([], 0) == []


def test_the_best_are_those_with_the_smallest_loss_among_the_comparable() -> None:
    losses = [1.0, 3.0, 2.0, 2.5, 2.0]
    assert best_epochs(losses, [0, 1, 2, 3, 4], 1) == [0]
    assert best_epochs(losses, [1, 2, 3, 4], 1) == [2]  # the earlier of two equal ones
    assert best_epochs(losses, [1, 2, 3, 4], 3) == [2, 4, 3]
    assert best_epochs(losses, [1, 2, 3, 4], -1) == [2, 4, 3, 1]
    assert best_epochs(losses, [1, 2, 3, 4], 99) == [2, 4, 3, 1]
    assert best_epochs(losses, [1, 2, 3, 4], 0) == []


@pytest.mark.parametrize(("count", "kept"), [(1, [4]), (5, [4]), (-1, [4]), (0, [])])
def test_without_a_comparable_epoch_it_is_the_last(count: int, kept: list[int]) -> None:
    assert best_epochs(list(np.arange(5.0)), [], count) == kept
