from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from configs.errors import InputError
from selection_assets.stages.models import timm_model as module
from selection_assets.stages.models.preprocessing import Preprocessing
from selection_assets.stages.models.timm_model import timm_model


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
def test_features_are_what_the_classifier_saw(name: str, tmp_path: Path) -> None:
    whole = timm.create_model(name, pretrained=False).eval()
    save_file(whole.state_dict(), tmp_path / "a.safetensors")
    network, preprocessing = timm_model(f"timm/{name}", tmp_path / "a.safetensors", None)
    pictures = torch.rand(2, 3, 160, 160, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(whole.get_classifier()(network(pictures)), whole(pictures))
    config = timm.get_pretrained_cfg(name)
    assert preprocessing == Preprocessing(160, config.interpolation, tuple(config.mean), tuple(config.std))


def test_a_transformer_at_another_size(tmp_path: Path) -> None:
    """Its position embeddings are interpolated, as the package does it."""
    whole = timm.create_model("test_vit", pretrained=False, num_classes=0).eval()
    torch.save(whole.state_dict(), tmp_path / "a.pth")
    network, preprocessing = timm_model("timm/test_vit", tmp_path / "a.pth", 96)
    assert preprocessing.input_size == 96
    peer = timm.create_model("test_vit", pretrained=False, num_classes=0, img_size=96).eval()
    timm.models.load_checkpoint(
        peer, str(tmp_path / "a.pth"), filter_fn=timm.models.vision_transformer.checkpoint_filter_fn
    )
    pictures = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(network(pictures), peer(pictures))


def test_dinov2_takes_224_pixels_by_default(tmp_path: Path) -> None:
    whole = timm.create_model("vit_small_patch14_dinov2", pretrained=False, num_classes=0)
    save_file(whole.state_dict(), tmp_path / "a.safetensors")
    network, preprocessing = timm_model("timm/vit_small_patch14_dinov2", tmp_path / "a.safetensors", None)
    assert preprocessing.input_size == 224
    with torch.inference_mode():
        assert network(torch.zeros(1, 3, 224, 224)).shape == (1, 384)


def test_a_file_for_another_model(tmp_path: Path) -> None:
    save_file(timm.create_model("test_resnet", pretrained=False).state_dict(), tmp_path / "a.safetensors")
    with pytest.raises(InputError, match=r"was not made for lightly\.model\.name=timm/test_vit \("):
        timm_model("timm/test_vit", tmp_path / "a.safetensors", None)


def test_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(InputError, match="is damaged or no safetensors file"):
        timm_model("timm/test_vit", tmp_path / "a.safetensors", None)


@pytest.mark.parametrize("name", ["timm/vit_smal_patch14_dinov2", "timm/hf-hub:someone/something", "timm/../x"])
def test_an_unknown_name(name: str) -> None:
    with pytest.raises(InputError, match=r"timm has no such model"):
        timm_model(name, None, None)


def test_published_weights_that_are_not_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "reachable", lambda _: False)
    monkeypatch.setattr(module, "_cached_file", lambda _: None)
    with pytest.raises(InputError, match=r"cannot be downloaded from here; copy that folder .* or give their file"):
        timm_model("timm/test_vit", None, None)


def test_published_weights_from_the_hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = timm.create_model("test_resnet", pretrained=False).eval()
    save_file(whole.state_dict(), tmp_path / "model.safetensors")
    asked = []

    def look(repository: str, filename: str) -> str:
        asked.append((repository, filename))
        return str(tmp_path / filename)

    monkeypatch.setattr(module.huggingface_hub, "try_to_load_from_cache", look)
    network, _ = timm_model("timm/test_resnet", None, None)
    assert asked == [("timm/test_resnet.r160_in1k", "model.safetensors")]
    pictures = torch.rand(1, 3, 160, 160, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(whole.get_classifier()(network(pictures)), whole(pictures))
