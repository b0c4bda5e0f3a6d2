import numpy as np
import torch

from configs.stages.training import CriterionConfig, OptimizerConfig
from selection_assets.stages.training.simclr import SimCLR, SimCLRTraining
from tests.stages.training.conftest import SMALL


def nt_xent(first: np.ndarray, second: np.ndarray, temperature: float) -> float:
    """Equation 1 of arXiv:2002.05709, view by view."""
    z = np.concatenate([first, second]).astype(np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    n, losses = len(first), []
    for i in range(2 * n):
        similar = z @ z[i] / temperature
        partner = (i + n) % (2 * n)
        others = np.exp(np.delete(similar, i)).sum()
        losses.append(-np.log(np.exp(similar[partner]) / others))
    return float(np.mean(losses))


def module(**criterion: object) -> SimCLRTraining:
    torch.manual_seed(0)
    return SimCLRTraining(
        SimCLR(SMALL, 24),
        batches=None,  # type: ignore[arg-type]
        criterion=CriterionConfig(**criterion),
        optimizer=OptimizerConfig(lr=0.3, weight_decay=0.02),
        out_dim=24,
    )


def test_the_loss_of_a_step() -> None:
    made = module(temperature=0.2)
    logged: dict[str, torch.Tensor] = {}
    made.log = lambda name, value, **_: logged.update({name: value})  # type: ignore[method-assign,assignment]
    views = torch.rand(10, 3, 16, 16)
    loss = made.training_step(views, 0)
    with torch.no_grad():
        projections = [made.model(part).numpy() for part in views.chunk(2)]
    assert abs(float(loss.detach()) - nt_xent(*projections, 0.2)) < 1e-5
    assert logged["loss"] is loss


def test_settings_arrive() -> None:
    made = module(temperature=0.2, memory_bank_size=64)
    (group,) = made.configure_optimizers().param_groups
    assert (group["lr"], group["weight_decay"], group["momentum"]) == (0.3, 0.02, 0)
    assert made.criterion.temperature == 0.2
    assert made.criterion.memory_bank.bank.shape == (64, 24)
    assert made.model(torch.rand(2, 3, 16, 16)).shape == (2, 24)


def test_names_are_those_of_the_package() -> None:
    names = list(module().state_dict())
    assert {name.split(".")[0] for name in names} == {"model"}
    assert {name.split(".")[1] for name in names} == {"backbone", "projection_head"}
    assert "model.backbone.0.running_mean" in names
    assert "model.backbone.7.weight" in names
    assert "model.projection_head.layers.0.weight" in names
