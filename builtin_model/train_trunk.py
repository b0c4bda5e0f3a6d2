"""Contrastive training of the trunk: two views of one picture shall be nearer than views of any two pictures.

The loss and the loop belong here; what a view is, is in `views`. Loss: Chen et al., "A Simple Framework for Contrastive
Learning of Visual Representations" (SimCLR), arXiv:2002.05709, equation 1.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from builtin_model.views import random_views
from selection_assets.stages.models.builtin_network import SIDE, TRUNK_FEATURES, Trunk

log = logging.getLogger("winnow")

SMALL_SIDE = 64  # pixels of the views before the end: more than twice as fast
END = 0.3  # share of the steps, the last ones, with falling learning rate and views of full size
SAVE_EVERY = 50  # steps


@dataclass(frozen=True)
class Schedule:
    """How long and how the trunk is trained. A run depends on nothing else but the pictures and the seed."""

    steps: int = 1600
    batch: int = 128  # pictures per step; each is seen twice
    seed: int = 1
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    temperature: float = 0.15
    warm_up: int = 100

    @property
    def end(self) -> int:
        """First step of the last part. Earlier steps do not depend on `steps`: a training can be prolonged."""
        return round((1.0 - END) * self.steps)

    def rate(self, step: int) -> float:
        """Learning rate: a linear warm-up, constant, in the last part falling linearly to zero."""
        rise = min(1.0, (step + 1) / self.warm_up)
        fall = min(1.0, (self.steps - step) / max(self.steps - self.end, 1))
        return self.learning_rate * min(rise, fall)

    def side(self, step: int) -> int:
        return SMALL_SIDE if step < self.end else SIDE


def contrastive_loss(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """(B, D), (B, D) of unit length -> mean cross-entropy of finding the partner among the 2 B - 1 other views."""
    views = torch.cat([first, second])
    similarity = views @ views.T / temperature
    similarity = similarity.masked_fill(torch.eye(len(views), dtype=torch.bool), -torch.inf)
    partner = torch.arange(len(views)).roll(len(first))
    return functional.cross_entropy(similarity, partner)


def projector() -> nn.Sequential:
    """Between trunk and loss while training; dropped afterwards."""
    return nn.Sequential(
        nn.Linear(TRUNK_FEATURES, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU(), nn.Linear(256, 128)
    )


def train_trunk(pictures: NDArray[np.uint8], schedule: Schedule, checkpoint: Path) -> Trunk:
    """The trained trunk, with batch norms; `pictures` (N, S, S, 3). A stopped run goes on from `checkpoint`."""
    torch.manual_seed(schedule.seed)
    trunk, head = Trunk(batch_norm=True), projector()
    trunk.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    both = nn.ModuleDict({"trunk": trunk, "head": head})
    optimizer = torch.optim.AdamW(_groups(both, schedule.weight_decay), lr=schedule.learning_rate)
    start, recent = 0, 0.0
    if checkpoint.exists():
        state: dict[str, Any] = torch.load(checkpoint, weights_only=True)
        both.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start = int(state["step"])
        log.info("Going on from step %d.", start)
    both.train()
    for step in range(start, schedule.steps):
        # All chance of a step comes from its number, so that a run in two parts equals one in one part.
        generator = torch.Generator().manual_seed(schedule.seed * 1_000_003 + step)
        chosen = torch.randperm(len(pictures), generator=generator)[: schedule.batch].sort().values.numpy()
        batch = torch.from_numpy(pictures[chosen])
        side = schedule.side(step)
        views = torch.cat([random_views(batch, side, generator), random_views(batch, side, generator)])
        projected = functional.normalize(head(trunk(views.contiguous(memory_format=torch.channels_last))))
        first, second = projected.chunk(2)
        loss = contrastive_loss(first, second, schedule.temperature)
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        recent = loss.item() if step == start else 0.95 * recent + 0.05 * loss.item()
        if step % SAVE_EVERY == SAVE_EVERY - 1 or step == schedule.steps - 1:
            log.info("Step %d of %d, loss %.3f.", step + 1, schedule.steps, recent)
            temporary = checkpoint.with_suffix(".tmp")
            torch.save({"model": both.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}, temporary)
            temporary.replace(checkpoint)
    return trunk.eval()


def _groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weights decay; biases and norms do not."""
    parameters = list(model.parameters())
    return [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
