import pytest
import torch

from configs.errors import InputError
from selection_assets.stages.training.hardware import Hardware, choose_hardware, lightning_precision


def test_hardware(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_hardware(0) == Hardware("cpu", 1, "cpu", torch.get_num_threads())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_hardware(4) == Hardware("cpu", 1, "cpu", torch.get_num_threads())
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "GPU")
    assert choose_hardware(0).accelerator == "cpu"
    assert choose_hardware(2) == Hardware("cuda", 2, "2 x GPU", threads=0)
    with pytest.raises(InputError, match=r"lightly\.trainer\.gpus=3: this machine has 2; set lightly\.trainer\.gpus=2"):
        choose_hardware(3)


@pytest.mark.parametrize(
    ("asked", "accelerator", "name"),
    [
        ("32", "cpu", "32-true"),
        ("32", "cuda", "32-true"),
        ("16", "cpu", "bf16-mixed"),
        ("16", "cuda", "16-mixed"),
        ("bf16", "cpu", "bf16-mixed"),
        ("bf16", "cuda", "bf16-mixed"),
    ],
)
def test_precision(asked: str, accelerator: str, name: str) -> None:
    assert lightning_precision(asked, Hardware(accelerator, 1, accelerator)) == name
