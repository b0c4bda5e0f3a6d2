from pathlib import Path

import pytest
import torch

from configs.errors import InputError
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.training.start_weights import load_weights, random_model
from tests.stages.training.conftest import SMALL


def saved(path: Path, out_dim: int = 24, **changes: object) -> Path:
    state = {f"model.{name}": tensor for name, tensor in random_model(SMALL, out_dim, 9).state_dict().items()}
    for name, value in changes.items():
        state[name.replace("__", ".")] = value  # type: ignore[assignment]
    torch.save({"state_dict": {name: tensor for name, tensor in state.items() if tensor is not None}}, path)
    return path


def test_random_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    first, second, other = (random_model(SMALL, 24, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["backbone.7.weight"], other["backbone.7.weight"])


def test_backbone_and_head_are_loaded(tmp_path: Path) -> None:
    model = random_model(SMALL, 24, 1)
    assert load_weights(model, SMALL, 24, saved(tmp_path / "a.ckpt"))
    wanted = random_model(SMALL, 24, 9).state_dict()
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in model.state_dict().items())


def test_old_names_of_the_head(tmp_path: Path) -> None:
    state = {f"model.{name}": tensor for name, tensor in random_model(SMALL, 24, 9).state_dict().items()}
    old = {name.replace("projection_head.layers.", "projection_head."): tensor for name, tensor in state.items()}
    torch.save({"state_dict": old}, tmp_path / "old.ckpt")
    model = random_model(SMALL, 24, 1)
    assert load_weights(model, SMALL, 24, tmp_path / "old.ckpt")
    assert torch.equal(
        model.projection_head.state_dict()["layers.2.weight"], state["model.projection_head.layers.2.weight"]
    )


def test_a_checkpoint_without_a_head_leaves_the_head_random(tmp_path: Path) -> None:
    state = {f"model.{name}": t for name, t in random_model(SMALL, 24, 9).state_dict().items() if "head" not in name}
    torch.save({"state_dict": state}, tmp_path / "b.ckpt")
    model = random_model(SMALL, 24, 1)
    assert not load_weights(model, SMALL, 24, tmp_path / "b.ckpt")
    assert torch.equal(model.backbone.state_dict()["7.weight"], state["model.backbone.7.weight"])


def test_what_does_not_fit_names_the_keys(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.ckpt", out_dim=48)
    with pytest.raises(InputError, match=r"has 48 dimensions, the config asks for 24; set lightly\.model\.out_dim=48"):
        load_weights(random_model(SMALL, 24, 1), SMALL, 24, file)
    wider = Architecture("resnet-9", 0.25, 16)
    with pytest.raises(InputError, match=r"set lightly\.model\.width=0\.125"):
        load_weights(random_model(wider, 24, 1), wider, 24, file)
    bad = saved(tmp_path / "c.ckpt", model__projection_head__layers__0__bias=torch.full((16,), float("nan")))
    with pytest.raises(InputError, match="not finite"):
        load_weights(random_model(SMALL, 24, 1), SMALL, 24, bad)
    other = saved(tmp_path / "d.ckpt", model__projection_head__layers__0__bias=None)
    with pytest.raises(InputError, match=r"is not that of SimCLR; save model\.backbone\.\* alone"):
        load_weights(random_model(SMALL, 24, 1), SMALL, 24, other)
    (tmp_path / "cut.ckpt").write_bytes(file.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"cut\.ckpt"):
        load_weights(random_model(SMALL, 24, 1), SMALL, 24, tmp_path / "cut.ckpt")
