from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from configs.errors import InputError
from selection_assets.stages.models.foreign_weights import load_foreign_weights


class Network(nn.Module):
    """A layer, a norm, and a table of indices as transformers have them."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.norm = nn.Linear(2, 3), nn.BatchNorm1d(3)
        self.register_buffer("index", torch.arange(4))


def load(path: Path) -> Network:
    network = Network()
    load_foreign_weights(network, "timm/x", path, unused=("head.",))
    return network


def state(**changes: Any) -> dict[str, Tensor]:
    torch.manual_seed(2)
    return {**Network().state_dict(), **{name.replace("__", "."): tensor for name, tensor in changes.items()}}


@pytest.mark.parametrize("prefix", ["", "module.", "model.backbone.", "encoder."])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_weights_arrive(tmp_path: Path, prefix: str, suffix: str) -> None:
    file, given = tmp_path / f"a{suffix}", {**state(), "head.bias": torch.zeros(1)}
    named = {prefix + name: tensor for name, tensor in given.items()}
    save_file(named, file) if suffix == ".safetensors" else torch.save(named, file)
    assert all(torch.equal(tensor, given[name]) for name, tensor in load(file).state_dict().items())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"layer__bias": torch.ones(3, dtype=torch.int64)}, "tensor layer.bias holds int64, not floats"),
        ({"layer__bias": torch.ones(3, dtype=torch.complex128)}, "tensor layer.bias holds complex128, not floats"),
        ({"layer__bias": torch.ones(3, dtype=torch.bool)}, "tensor layer.bias holds bool, not floats"),
        ({"layer__bias": torch.ones(3).to(torch.float8_e5m2)}, "tensor layer.bias holds float8_e5m2, not floats"),
        ({"layer__bias": torch.ones(3).to_sparse()}, "tensor layer.bias is sparse"),
        ({"layer__bias": torch.full((3,), 1e39, dtype=torch.float64)}, "layer.bias holds numbers as large as 1.0e+39"),
        ({"norm__running_var": -torch.ones(3)}, "tensor norm.running_var holds a negative variance"),
        ({"layer__bias": torch.ones(0)}, "layer.bias is 0 and should be 3"),
        ({"index": torch.tensor([0, 1, 2, 9])}, "index holds other numbers than the model's own"),
        ({"index": torch.arange(4.0)}, "index holds other numbers than the model's own"),
        ({"index": torch.arange(4).to_sparse()}, "index holds other numbers than the model's own"),
        ({"index": "text"}, "it lacks index"),
        ({"other": torch.ones(1)}, "it also holds 'other'"),
    ],
)
def test_what_cannot_be_weights_is_named(tmp_path: Path, changes: dict[str, Any], fault: str) -> None:
    torch.save(state(**changes), tmp_path / "a.pth")
    with pytest.raises(InputError) as error:
        load(tmp_path / "a.pth")
    assert fault in str(error.value)
    assert "\n" not in str(error.value)


def test_safetensors_have_no_checksums_but_their_numbers_are_looked_at(tmp_path: Path) -> None:
    save_file(state(layer__weight=torch.full((3, 2), 1e32)), tmp_path / "a.safetensors")
    with pytest.raises(InputError, match=r"tensor layer\.weight holds numbers as large as 1\.0e\+32"):
        load(tmp_path / "a.safetensors")


def test_what_a_package_cannot_convert_is_for_another_model(tmp_path: Path) -> None:
    def convert(given: Any, network: nn.Module) -> Any:
        raise IndexError("list index out of range\nsecond line")

    torch.save(state(), tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"IndexError: list index out of range[^\n]*\Z"):
        load_foreign_weights(Network(), "timm/x", tmp_path / "a.pth", unused=(), convert=convert)


def test_three_of_many_differences_are_shown(tmp_path: Path) -> None:
    torch.save({"index": torch.arange(4)}, tmp_path / "a.pth")
    with pytest.raises(InputError) as error:
        load(tmp_path / "a.pth")
    assert "(it lacks layer.bias, layer.weight, norm.bias); name the model it was made for" in str(error.value)
    torch.save(state(b=torch.ones(1), c=torch.ones(1), d=torch.ones(1), e=torch.ones(1)), tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"\(it also holds 'b', 'c', 'd'\); name the model"):
        load(tmp_path / "a.pth")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_another_precision_become_float32(tmp_path: Path, dtype: torch.dtype) -> None:
    given = {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in state().items()}
    torch.save(given, tmp_path / "a.pth")
    loaded = load(tmp_path / "a.pth").state_dict()
    assert loaded["index"].tolist() == [0, 1, 2, 3]
    assert loaded["layer.weight"].dtype == torch.float32
    assert torch.equal(loaded["layer.weight"], given["layer.weight"].float())
