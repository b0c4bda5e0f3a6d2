from pathlib import Path

import pytest
import torch

from builtin_model.publish import merge_norms, publish
from selection_assets.stages.models.builtin_model import builtin_header, load_builtin_model
from selection_assets.stages.models.builtin_network import SIDE, BuiltinNetwork, Trunk


def test_a_trunk_without_norms_is_the_same_function() -> None:
    torch.manual_seed(0)
    trunk = Trunk(batch_norm=True)
    for module in trunk.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias)
            module.running_mean = torch.randn(module.num_features)
            module.running_var = torch.rand(module.num_features) + 0.5
    trunk.eval()
    batch = torch.randn(3, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(merge_norms(trunk)(batch), trunk(batch), rtol=1e-3, atol=1e-4)


def test_a_published_file_is_loaded_as_it_was(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = BuiltinNetwork().eval()
    file = tmp_path / "weights.safetensors"
    identity = publish(network, file, "not at all")
    model = load_builtin_model(file)
    assert builtin_header(file).id == identity
    batch = torch.randn(2, 3, SIDE, SIDE)
    with torch.inference_mode():
        torch.testing.assert_close(model(batch), network(batch), atol=2e-3, rtol=0)
    network.state_dict()["trunk.stem.0.bias"].zero_()
    assert publish(network, file, "not at all") != identity


def test_weights_that_float16_cannot_hold_are_refused(tmp_path: Path) -> None:
    network = BuiltinNetwork()
    network.state_dict()["trunk.stem.0.bias"].fill_(1e6)
    with pytest.raises(ValueError, match=r"trunk.stem.0.bias does not fit into float16"):
        publish(network, tmp_path / "weights.safetensors", "not at all")
    assert list(tmp_path.iterdir()) == []
