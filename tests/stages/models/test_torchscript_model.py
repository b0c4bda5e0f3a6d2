import hashlib
from pathlib import Path

import pytest
import torch
from torch import nn

from configs.errors import InputError
from selection_assets.stages.models import checkpoint_archive
from selection_assets.stages.models.preprocessing import Preprocessing
from selection_assets.stages.models.torchscript_model import torchscript_model


def test_it_runs_the_program(tmp_path: Path) -> None:
    program = nn.Sequential(nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1)).eval()
    pictures = torch.rand(2, 3, 32, 32)
    torch.jit.save(torch.jit.trace(program, pictures), str(tmp_path / "a.pt"))
    network, preprocessing, name = torchscript_model(tmp_path / "a.pt", 32)
    assert name == hashlib.sha256((tmp_path / "a.pt").read_bytes()).hexdigest()[:16]
    with torch.inference_mode():
        torch.testing.assert_close(network(pictures), program(pictures))
    assert preprocessing == Preprocessing(32)
    assert torchscript_model(tmp_path / "a.pt", None)[1] == Preprocessing(224)


def test_without_a_file() -> None:
    with pytest.raises(InputError, match="name the file with checkpoint=FILE"):
        torchscript_model(None, None)


def test_a_file_without_a_program(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "a.pt")
    (tmp_path / "b.pt").write_bytes(b"PK\x03\x04nonsense")
    for name in ("a.pt", "b.pt"):
        with pytest.raises(InputError, match="holds no TorchScript program"):
            torchscript_model(tmp_path / name, None)
    with pytest.raises(InputError, match=r"missing\.pt: cannot be read \(No such file"):
        torchscript_model(tmp_path / "missing.pt", None)


def test_a_program_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Linear(30, 30)), str(tmp_path / "a.pt"))
    monkeypatch.setattr(checkpoint_archive, "MAX_BYTES", 3000)
    monkeypatch.setattr(torch.jit, "load", None)
    with pytest.raises(InputError, match=r"a\.pt: unpacks to"):
        torchscript_model(tmp_path / "a.pt", None)
