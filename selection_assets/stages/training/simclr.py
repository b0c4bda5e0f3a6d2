"""The model while it is trained: backbone with projection head, the loss NT-Xent, the optimizer, as a Lightning module.

Names of its parts make the layout of checkpoints (`model.backbone.*`, `model.projection_head.*`): that of the `lightly`
package's own training. Source of the method: Chen et al., arXiv:2002.05709.

This module imports torch, lightly and Lightning, which takes seconds: import it inside the functions that use it.
"""

import os
import time
from typing import Any

os.environ.setdefault("LIGHTLY_DID_VERSION_CHECK", "True")  # importing lightly asks a server for its newest version

import pytorch_lightning as pl
import torch
from lightly.loss import NTXentLoss
from lightly.models.modules import SimCLRProjectionHead
from torch import Tensor, nn

from configs.stages.training import CriterionConfig, OptimizerConfig
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.resnet import build_backbone
from selection_assets.stages.training.side_by_side import SideBySide
from selection_assets.stages.training.view_batches import Crops, ViewBatches, Views
from selection_assets.stages.training.view_pixels import augment

BANK = "memory_bank"  # in a checkpoint, beside the weights: earlier projections and the place of the next one


class SimCLR(nn.Module):
    """Images to projections: (B, 3, S, S) -> (B, out_dim)."""

    def __init__(self, architecture: Architecture, out_dim: int) -> None:
        super().__init__()
        features = architecture.num_ftrs
        self.backbone = build_backbone(architecture)
        self.projection_head = SimCLRProjectionHead(features, features, out_dim, batch_norm=False)

    def forward(self, images: Tensor) -> Tensor:
        projections: Tensor = self.projection_head(self.backbone(images).flatten(start_dim=1))
        return projections


class SimCLRTraining(pl.LightningModule):
    """One step: two views of each image to projections, which the loss pulls together and apart from all others."""

    def __init__(
        self,
        model: SimCLR,
        batches: ViewBatches,
        *,
        criterion: CriterionConfig,
        optimizer: OptimizerConfig,
        out_dim: int,
    ) -> None:
        super().__init__()
        bank = criterion.memory_bank_size
        self.model = model
        self.criterion = NTXentLoss(criterion.temperature, (bank, out_dim) if bank else 0)
        self.batches, self.sgd = batches, optimizer
        self.augment_seconds = 0.0
        self.both_views: SideBySide | None = None  # set where it is faster than one view after the other

    def train_dataloader(self) -> ViewBatches:
        self.batches.rank, self.batches.world = self.trainer.global_rank, self.trainer.world_size
        return self.batches

    def on_train_epoch_start(self) -> None:
        self.batches.epoch = self.current_epoch

    def transfer_batch_to_device(self, batch: Crops | Views, device: torch.device, dataloader_idx: int) -> Tensor:
        """Crops go to a GPU as bytes, and become views there."""
        if not isinstance(batch, tuple):
            return torch.from_numpy(batch)
        started = time.perf_counter()
        crops, views = batch
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            made = augment(torch.from_numpy(crops).to(device), views)
        self.augment_seconds += time.perf_counter() - started
        return made

    def training_step(self, views: Tensor, batch_idx: int) -> Tensor:
        first, second = views.chunk(2)  # separately through the model: batch norm sees one view at a time
        projections = self.both_views(first, second) if self.both_views else (self.model(first), self.model(second))
        loss: Tensor = self.criterion(*projections)
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(first), sync_dist=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.model.parameters(), lr=self.sgd.lr, weight_decay=self.sgd.weight_decay)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        bank = self.criterion.memory_bank
        if bank.size[0]:
            checkpoint[BANK] = {"bank": bank.bank.cpu(), "bank_ptr": bank.bank_ptr.cpu()}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        kept = checkpoint.get(BANK)
        if kept:
            self.criterion.memory_bank.bank.copy_(kept["bank"])
            self.criterion.memory_bank.bank_ptr.copy_(kept["bank_ptr"])
