from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from configs.errors import InputError
from selection_assets.stages.models import torchvision_model as module
from selection_assets.stages.models.preprocessing import Preprocessing
from selection_assets.stages.models.torchvision_model import torchvision_model

PICTURES = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("name", "last"), [("resnet18", "fc"), ("mobilenet_v3_small", "classifier.3"), ("mnasnet0_5", "classifier.1")]
)
def test_features_are_what_the_classifier_saw(name: str, last: str, tmp_path: Path) -> None:
    whole = models.get_model(name, weights=None).eval()
    torch.save(
        {"state_dict": {f"module.{key}": value for key, value in whole.state_dict().items()}}, tmp_path / "a.pth"
    )
    network, preprocessing = torchvision_model(f"torchvision/{name}", tmp_path / "a.pth", None)
    with torch.inference_mode():
        features = network(PICTURES)
        torch.testing.assert_close(whole.get_submodule(last)(features), whole(PICTURES))
    assert preprocessing == Preprocessing(224)
    assert str(preprocessing) == "224px-bilinear-imagenet"


def test_squeezenet_has_no_linear_layer(tmp_path: Path) -> None:
    whole = models.squeezenet1_1(weights=None).eval()
    save_file(whole.state_dict(), tmp_path / "a.safetensors")
    network, preprocessing = torchvision_model("torchvision/squeezenet1_1", tmp_path / "a.safetensors", 64)
    with torch.inference_mode():
        torch.testing.assert_close(network(PICTURES), whole.features(PICTURES).mean(dim=(2, 3)))
    assert preprocessing.input_size == 64


def test_a_file_for_another_model(tmp_path: Path) -> None:
    torch.save(models.resnet18(weights=None).state_dict(), tmp_path / "a.pth")
    with pytest.raises(
        InputError, match=r"not made for lightly\.model\.name=torchvision/resnet34 \(it lacks layer1\.2"
    ):
        torchvision_model("torchvision/resnet34", tmp_path / "a.pth", None)
    with pytest.raises(InputError, match=r"not made for lightly\.model\.name=torchvision/resnet50"):
        torchvision_model("torchvision/resnet50", tmp_path / "a.pth", None)


def test_numbers_that_are_not_finite(tmp_path: Path) -> None:
    state = models.resnet18(weights=None).state_dict()
    state["conv1.weight"][0, 0, 0, 0] = float("nan")
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"tensor conv1\.weight holds numbers that are not finite"):
        torchvision_model("torchvision/resnet18", tmp_path / "a.pth", None)


def test_an_unknown_name() -> None:
    with pytest.raises(InputError, match=r"did you mean torchvision/resnet50\?"):
        torchvision_model("torchvision/resnet5O", None, None)


def test_published_weights_that_are_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(module, "reachable", lambda _: False)
    with pytest.raises(InputError, match=r"its weights are not in .*checkpoints and cannot be downloaded from here"):
        torchvision_model("torchvision/resnet18", None, None)


def test_published_weights_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without asking any server. The file's hash is part of its name, so the real one cannot be made here."""
    whole = models.resnet18(weights=None).eval()
    (tmp_path / "checkpoints").mkdir()
    torch.save(whole.state_dict(), tmp_path / "checkpoints" / "resnet18-f37072fd.pth")
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    network, preprocessing = torchvision_model("torchvision/resnet18", None, None)
    with torch.inference_mode():
        torch.testing.assert_close(whole.fc(network(PICTURES)), whole(PICTURES))
    assert preprocessing == Preprocessing(224)
