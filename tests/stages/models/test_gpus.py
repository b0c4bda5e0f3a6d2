from types import SimpleNamespace

import pytest
import torch

from selection_assets.stages.models.gpus import at_once, gpu_names


@pytest.fixture
def two_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda n: SimpleNamespace(uuid=f"GPU-{n}"))


@pytest.mark.usefixtures("two_cards")
def test_the_cards_that_are_used() -> None:
    both = ["GPU-0", "GPU-1"]
    assert [gpu_names(wanted) for wanted in (-1, 0, 1, 2, 3)] == [[], [], ["GPU-0"], both, both]


def test_a_processor_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_names(1) == []


@pytest.mark.usefixtures("two_cards")
def test_a_card_without_uuid_has_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda n: SimpleNamespace())
    assert gpu_names(2) == ["0", "1"]


def test_without_turns_nothing_waits() -> None:
    with at_once(["GPU-0"]), at_once(["GPU-0"]):
        pass
