import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from configs.errors import InputError
from selection_assets.stages.models import checkpoint_archive
from selection_assets.stages.models.architecture import BLOCKS, Architecture
from selection_assets.stages.models.checkpoint import (
    infer_architecture,
    load_checkpoint,
    read_architecture,
    read_state_dict,
)
from selection_assets.stages.models.resnet import build_backbone

SMALL = Architecture("resnet-9", 0.125, 16)


def trained(architecture: Architecture = SMALL) -> dict[str, Tensor]:
    torch.manual_seed(3)
    return {
        k: torch.rand(v.shape) if v.is_floating_point() else v
        for k, v in build_backbone(architecture).state_dict().items()
    }


def package_layout(backbone: dict[str, Tensor], prefix: str = "model.backbone.") -> dict[str, object]:
    """What training with the package leaves behind."""
    state = OrderedDict((prefix + name, tensor) for name, tensor in backbone.items())
    state["model.projection_head.layers.0.weight"] = torch.rand(16, 16)
    return {
        "epoch": 1,
        "global_step": 46,
        "pytorch-lightning_version": "2.6.6",
        "state_dict": state,
        "callbacks": {"ModelCheckpoint{}": {"best_model_score": torch.tensor(1.5)}},
        "optimizer_states": [{"state": {}, "param_groups": [{"lr": 1.0}]}],
    }


def refusal(path: Path, architecture: Architecture = SMALL) -> str:
    backbone = build_backbone(architecture)
    before = {name: tensor.clone() for name, tensor in backbone.state_dict().items()}
    with pytest.raises(InputError) as error:
        load_checkpoint(backbone, architecture, path)
    assert all(torch.equal(tensor, before[name]) for name, tensor in backbone.state_dict().items())
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_stands_before_the_backbone_is_not_taken_for_it(tmp_path: Path) -> None:
    layout: Any = package_layout(trained())
    head = {"model.projection_head.layers.0.weight": torch.ones(3, 3), "teacher.0.weight": torch.ones(3)}
    torch.save({**layout, "state_dict": {**head, **layout["state_dict"]}}, tmp_path / "a.ckpt")
    assert read_architecture(tmp_path / "a.ckpt") == SMALL


@pytest.mark.parametrize("prefix", ["model.backbone.", "backbone.", "model.features.", "module.model.backbone.", ""])
def test_weights_arrive_whatever_the_prefix(tmp_path: Path, prefix: str) -> None:
    weights = trained()
    torch.save(package_layout(weights, prefix), tmp_path / "lightly_epoch_1.ckpt")
    backbone = build_backbone(SMALL)
    if prefix:
        load_checkpoint(backbone, SMALL, tmp_path / "lightly_epoch_1.ckpt")
        assert all(torch.equal(tensor, weights[name]) for name, tensor in backbone.state_dict().items())
    else:  # the head then looks like part of the backbone: refused rather than guessed
        assert "projection_head" in refusal(tmp_path / "lightly_epoch_1.ckpt")


def test_bare_state_dict_old_file_format_and_half_precision(tmp_path: Path) -> None:
    weights = trained()
    torch.save(
        {"backbone." + k: v.half() for k, v in weights.items()},
        tmp_path / "a.pth",
        _use_new_zipfile_serialization=False,
    )
    backbone = build_backbone(SMALL)
    load_checkpoint(backbone, SMALL, tmp_path / "a.pth")
    assert torch.equal(backbone.state_dict()["7.weight"], weights["7.weight"].half().float())


def test_bookkeeping_of_the_training_framework_is_ignored(tmp_path: Path) -> None:
    from lightning_fabric.utilities.data import AttributeDict
    from pytorch_lightning.callbacks import ModelCheckpoint

    content = package_layout(trained()) | {
        "hyper_parameters": AttributeDict(lr=1.0),
        "callbacks": {ModelCheckpoint: {}},
    }
    torch.save(content, tmp_path / "a.ckpt")
    load_checkpoint(build_backbone(SMALL), SMALL, tmp_path / "a.ckpt")


@pytest.mark.parametrize("name", BLOCKS)
def test_architecture_is_read_from_the_shapes(name: str) -> None:
    architecture = Architecture(name, 0.25, 5)
    assert infer_architecture(build_backbone(architecture).state_dict()) == architecture


@pytest.mark.parametrize(
    ("held", "mend"),
    [
        (Architecture("resnet-18", 0.125, 16), "set lightly.model.name=resnet-18"),
        (Architecture("resnet-9", 0.25, 16), "set lightly.model.width=0.25"),
        (Architecture("resnet-9", 0.125, 8), "set lightly.model.num_ftrs=8"),
        (
            Architecture("resnet-50", 0.0625, 9),
            "set lightly.model.name=resnet-50 lightly.model.width=0.0625 lightly.model.num_ftrs=9",
        ),
    ],
)
def test_other_architecture_names_the_keys_that_mend_it(tmp_path: Path, held: Architecture, mend: str) -> None:
    torch.save(package_layout(trained(held)), tmp_path / "a.ckpt")
    assert refusal(tmp_path / "a.ckpt").endswith(mend)


class _Attack:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch owned",)


@pytest.mark.parametrize("new_format", [True, False])
def test_code_in_the_file_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_format: bool) -> None:
    monkeypatch.chdir(tmp_path)
    content = package_layout(trained()) | {"extra": _Attack()}
    torch.save(content, "evil.ckpt", _use_new_zipfile_serialization=new_format)
    Path("plain.ckpt").write_bytes(pickle.dumps(_Attack()))
    assert "holds code" in refusal(Path("evil.ckpt"))
    assert "plain.ckpt" in refusal(Path("plain.ckpt"))
    assert not Path("owned").exists()


def test_code_in_an_older_file_is_refused_without_a_warning(
    tmp_path: Path, recwarn: pytest.WarningsRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.ckpt").write_bytes(pickle.dumps(_Attack(), protocol=4))
    assert "plain.ckpt" in refusal(Path("plain.ckpt"))
    assert not list(recwarn)
    assert not Path("owned").exists()


def test_tensors_without_content(tmp_path: Path) -> None:
    content = package_layout({name: tensor.to("meta") for name, tensor in trained().items()})
    torch.save(content, tmp_path / "a.ckpt")
    assert "has no content; save the model with its weights" in refusal(tmp_path / "a.ckpt")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04broken", bytes(1000)])
def test_no_checkpoint_at_all(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.ckpt").write_bytes(content)
    assert "no PyTorch checkpoint" in refusal(tmp_path / "a.ckpt")


def test_truncated_missing_and_foreign_files(tmp_path: Path) -> None:
    torch.save(package_layout(trained()), tmp_path / "whole.ckpt")
    whole = (tmp_path / "whole.ckpt").read_bytes()
    (tmp_path / "cut.ckpt").write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refusal(tmp_path / "cut.ckpt")
    assert "cannot be read" in refusal(tmp_path / "none.ckpt")
    torch.save([1, 2], tmp_path / "list.ckpt")
    assert "no state_dict" in refusal(tmp_path / "list.ckpt")
    torch.save({"state_dict": {"conv1.weight": torch.zeros(3)}}, tmp_path / "other.ckpt")
    assert "conv1.weight" in refusal(tmp_path / "other.ckpt")


def test_absurd_sizes_are_refused_before_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_archive, "MAX_BYTES", 2**20)
    with zipfile.ZipFile(tmp_path / "bomb.ckpt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(2**22))
    assert (tmp_path / "bomb.ckpt").stat().st_size < 2**14
    assert "unpacks to" in refusal(tmp_path / "bomb.ckpt")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite(tmp_path: Path, value: float) -> None:
    weights = trained()
    weights["7.bias"][0] = value
    torch.save(package_layout(weights), tmp_path / "a.ckpt")
    assert "7.bias" in refusal(tmp_path / "a.ckpt")


@pytest.mark.parametrize(
    ("name", "tensor", "fault"),
    [
        ("7.bias", torch.full((16,), 1e39, dtype=torch.float64), "tensor 7.bias holds numbers as large as 1.0e+39"),
        ("7.bias", torch.full((16,), 1e32), "tensor 7.bias holds numbers as large as 1.0e+32"),
        ("0.running_var", torch.tensor([1.0, 1.0, -1e-3]), "tensor 0.running_var holds a negative variance (-0.001)"),
        ("0.running_var", torch.zeros(3), "tensor 0.running_var holds variances that are all 0"),
        ("7.bias", torch.ones(16, dtype=torch.complex64), "tensor 7.bias holds complex64, not floats of 16, 32 or 64"),
        ("7.bias", torch.ones(16, dtype=torch.int8), "tensor 7.bias holds int8, not floats"),
        ("7.bias", torch.ones(16, dtype=torch.bool), "tensor 7.bias holds bool, not floats"),
        ("7.bias", torch.ones(16).to(torch.float8_e4m3fn), "tensor 7.bias holds float8_e4m3fn, not floats"),
        ("7.bias", torch.quantize_per_tensor(torch.ones(16), 0.1, 0, torch.qint8), "tensor 7.bias holds qint8"),
        ("7.bias", torch.ones(16).to_sparse(), "tensor 7.bias is sparse"),
        ("7.bias", torch.ones(0), "tensor 7.bias is 0, resnet-9, width 0.125, 16 features needs 16"),
        ("7.bias", 1, "tensor 7.bias is missing"),
        ("7.bias", None, "tensor 7.bias is missing"),
    ],
)
def test_what_cannot_be_weights_is_named(tmp_path: Path, name: str, tensor: Tensor, fault: str) -> None:
    torch.save(package_layout({**trained(), name: tensor}), tmp_path / "a.ckpt")
    assert fault in refusal(tmp_path / "a.ckpt")


@pytest.mark.parametrize("entry", [3, None, "text", [1], torch.ones(4).to_sparse(), torch.ones(2, dtype=torch.bool)])
def test_entries_beside_the_backbone_may_be_anything(tmp_path: Path, entry: object) -> None:
    content = package_layout(trained())
    torch.save(content | {"state_dict": {**content["state_dict"], "beside": entry}}, tmp_path / "a.ckpt")  # type: ignore[dict-item]
    backbone = build_backbone(SMALL)
    load_checkpoint(backbone, SMALL, tmp_path / "a.ckpt")
    assert torch.equal(backbone.state_dict()["7.weight"], trained()["7.weight"])


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_other_widths_become_float32(tmp_path: Path, kind: torch.dtype) -> None:
    """Every number of the 16-bit formats is a float32; one of 64 bits is rounded to the nearest."""
    weights = {name: tensor.to(kind) if tensor.is_floating_point() else tensor for name, tensor in trained().items()}
    torch.save(package_layout(weights), tmp_path / "a.ckpt")
    backbone = build_backbone(SMALL)
    load_checkpoint(backbone, SMALL, tmp_path / "a.ckpt")
    assert torch.equal(backbone.state_dict()["7.weight"], weights["7.weight"].float())


def test_changed_bytes_are_refused_or_change_no_tensor(tmp_path: Path) -> None:
    """PyTorch's own reader takes half of these files, and some then give vectors of 1e32."""
    torch.save(package_layout(trained()), tmp_path / "whole.ckpt")
    whole, expected = (tmp_path / "whole.ckpt").read_bytes(), read_state_dict(tmp_path / "whole.ckpt")
    rng, refused = np.random.default_rng(5), 0
    for _ in range(200):
        damaged = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(0, len(damaged), 30)
        damaged[places] ^= rng.integers(1, 256, 30, dtype=np.uint8)
        (tmp_path / "damaged.ckpt").write_bytes(damaged.tobytes())
        try:
            found = read_state_dict(tmp_path / "damaged.ckpt")
        except InputError as error:
            assert "\n" not in str(error)
            refused += 1
            continue
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], expected[name]) for name in found)
    assert refused > 190


def test_missing_unknown_and_misshapen_tensors(tmp_path: Path) -> None:
    weights = trained()
    shape = weights.pop("4.0.bn1.weight").shape
    torch.save(package_layout(weights), tmp_path / "a.ckpt")
    assert "4.0.bn1.weight is missing" in refusal(tmp_path / "a.ckpt")
    torch.save(
        package_layout(weights | {"4.0.bn1.weight": torch.zeros(shape), "9.x": torch.zeros(1)}), tmp_path / "a.ckpt"
    )
    assert "9.x" in refusal(tmp_path / "a.ckpt")
    # A view that claims far more numbers than the file holds.
    torch.save(package_layout(weights | {"4.0.bn1.weight": torch.zeros(1).expand(10**6)}), tmp_path / "a.ckpt")
    assert "1000000" in refusal(tmp_path / "a.ckpt")
