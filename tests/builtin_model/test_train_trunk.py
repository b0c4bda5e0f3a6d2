from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from builtin_model import train_trunk
from builtin_model.pictures import picture
from builtin_model.train_trunk import Schedule, contrastive_loss
from builtin_model.views import random_views


def test_loss_is_the_one_of_the_paper() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = (functional.normalize(torch.randn(5, 7, generator=generator)) for _ in range(2))
    views = torch.cat([first, second]).double().numpy()
    expected = []
    for row in range(10):
        exponentials = np.exp(views @ views[row] / 0.2)
        expected.append(-np.log(exponentials[(row + 5) % 10] / (exponentials.sum() - exponentials[row])))
    assert contrastive_loss(first, second, 0.2).item() == pytest.approx(np.mean(expected), rel=1e-5)


def test_rate_rises_stays_and_falls() -> None:
    schedule = Schedule(steps=100, warm_up=10, learning_rate=1.0)
    assert [round(schedule.rate(step), 2) for step in (0, 4, 9, 40, 70, 85, 99)] == [0.1, 0.5, 1.0, 1.0, 1.0, 0.5, 0.03]
    assert [schedule.side(step) for step in (0, 69, 70, 99)] == [64, 64, 96, 96]


def test_earlier_steps_of_a_longer_training_are_the_same() -> None:
    short, long = Schedule(steps=100), Schedule(steps=200)
    assert [short.rate(step) for step in range(70)] == [long.rate(step) for step in range(70)]


def test_a_training_in_two_parts_equals_one_in_one_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(train_trunk, "SAVE_EVERY", 2)
    pictures = np.stack([picture(21, number, 64) for number in range(12)])
    schedule = Schedule(steps=4, batch=4, warm_up=1)
    whole = train_trunk.train_trunk(pictures, schedule, tmp_path / "whole.pt")

    class KilledError(Exception):
        pass

    # The state of step 2 is on the disk when step 3 begins: stop there.
    calls = 0

    def counted(*arguments: object) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls > 4:
            raise KilledError
        return random_views(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(train_trunk, "random_views", counted)
    with pytest.raises(KilledError):
        train_trunk.train_trunk(pictures, schedule, tmp_path / "parts.pt")
    monkeypatch.setattr(train_trunk, "random_views", random_views)
    parts = train_trunk.train_trunk(pictures, schedule, tmp_path / "parts.pt")
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, parts.state_dict()[name]), name


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    """Views of a picture lie nearer to each other, relative to other pictures, than with the first weights."""
    torch.set_num_threads(1)
    pictures = np.stack([picture(22, number, 64) for number in range(32)])
    schedule = Schedule(steps=16, batch=16, warm_up=2)

    def margin(trunk: torch.nn.Module) -> float:
        generator = torch.Generator().manual_seed(5)
        with torch.inference_mode():
            first, second = (trunk(random_views(torch.from_numpy(pictures), 64, generator)).numpy() for _ in range(2))
        units = [(v - v.mean(axis=0)) / np.linalg.norm(v - v.mean(axis=0), axis=1)[:, None] for v in (first, second)]
        cosines = units[0] @ units[1].T
        return float(np.diag(cosines).mean() - cosines.mean())

    before = train_trunk.train_trunk(pictures, replace(schedule, steps=1, learning_rate=0.0), tmp_path / "a.pt")
    after = train_trunk.train_trunk(pictures, schedule, tmp_path / "b.pt")
    assert margin(after) > margin(before) + 0.05
