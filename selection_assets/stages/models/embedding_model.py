"""The model that embeds, with where its weights come from and an id that says when vectors may be reused.

Which model a run asks for is in `model_choice`, running it in `embed`.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from configs.errors import InputError
from configs.stages.embedding import Precision
from selection_assets.stages.models.architecture import Architecture
from selection_assets.stages.models.model_choice import (
    BUILTIN,
    RESNET_INPUT_SIZE,
    TORCHSCRIPT,
    TORCHVISION_PREFIX,
    ModelChoice,
)
from selection_assets.stages.models.preprocessing import MEAN, STD, Preprocessing
from selection_assets.stages.progress import heartbeat

if TYPE_CHECKING:
    from torch import nn

SEEDED_VERSION = 1  # raise it whenever the weights made from a seed change


@dataclass(frozen=True)
class ModelCard:
    """All about a model but its weights: enough to find vectors that it made before, without loading it.

    name: see `ModelChoice`. num_ftrs: dimensions of a vector. weights: name (a hash) of the weights.
    """

    name: str
    architecture: Architecture | None
    num_ftrs: int
    weights: str
    preprocessing: Preprocessing
    precision: Precision = "32"

    @property
    def id(self) -> str:
        """Equal ids mean equal vectors for equal pictures: `resnet-18-w1-d32-64px-bilinear-imagenet-0123456789`."""
        a = self.architecture
        name = self.name if a is None else f"{a.name}-w{a.width:g}-d{a.num_ftrs}"
        precision = "" if self.precision == "32" else f"-{self.precision}"
        return f"{name}-{self.preprocessing}{precision}-{self.weights}"


@dataclass(frozen=True)
class EmbeddingModel:
    """`backbone`: (B, 3, S, S) float32 -> (B, D) or (B, D, 1, 1) float32, in eval mode on the CPU."""

    backbone: "nn.Module"
    card: ModelCard


def load_model(choice: ModelChoice, checkpoint: Path | None = None, seed: int = 1) -> EmbeddingModel:
    """The model with the weights of `checkpoint`; else with its own: published ones, or those made from `seed`.

    Raises InputError where there is no such model, its weights are not to be had, or the file does not fit.
    """
    with heartbeat(f"Loading the model {choice.name} (downloading it where it is not here)"):
        model = _loaded(choice, checkpoint, seed)
    return replace(model, card=replace(model.card, precision=choice.precision))


def _loaded(choice: ModelChoice, checkpoint: Path | None, seed: int) -> EmbeddingModel:
    if choice.architecture is not None:
        return _load_resnet(choice.architecture, choice.input_size or RESNET_INPUT_SIZE, checkpoint, seed)
    if choice.name == BUILTIN:
        return _load_builtin(choice.input_size, checkpoint)
    if choice.name == TORCHSCRIPT:
        from selection_assets.stages.models.torchscript_model import torchscript_model

        backbone, preprocessing, weights = torchscript_model(checkpoint, choice.input_size)
    elif choice.name.startswith(TORCHVISION_PREFIX):
        from selection_assets.stages.models.torchvision_model import torchvision_model

        backbone, preprocessing = torchvision_model(choice.name, checkpoint, choice.input_size)
        weights = weights_name(backbone)
    else:
        from selection_assets.stages.models.timm_model import timm_model

        backbone, preprocessing = timm_model(choice.name, checkpoint, choice.input_size)
        weights = weights_name(backbone)
    num_ftrs = _dimensions(backbone, choice.name, preprocessing.input_size, checkpoint)
    return EmbeddingModel(backbone, ModelCard(choice.name, None, num_ftrs, weights, preprocessing))


def card_without_loading(choice: ModelChoice, checkpoint: Path | None, seed: int) -> ModelCard | None:
    """The card of a model whose weights come with Winnow, None for others: those must be loaded to know them."""
    if checkpoint is not None:
        return None
    if choice.architecture is not None:
        preprocessing = Preprocessing(choice.input_size or RESNET_INPUT_SIZE)
        return ModelCard(
            choice.name,
            choice.architecture,
            choice.architecture.num_ftrs,
            seeded_weights_name(seed),
            preprocessing,
            choice.precision,
        )
    if choice.name == BUILTIN:
        from selection_assets.stages.models.builtin_model import builtin_header

        header = builtin_header()
        preprocessing = Preprocessing(choice.input_size or header.input_size)
        return ModelCard(BUILTIN, None, header.dimensions, header.id, preprocessing, choice.precision)
    return None


def _load_resnet(architecture: Architecture, input_size: int, checkpoint: Path | None, seed: int) -> EmbeddingModel:
    import torch

    if checkpoint is None:
        from selection_assets.stages.models.seeded_weights import seeded_backbone

        backbone = seeded_backbone(architecture, torch.tensor(MEAN), torch.tensor(STD), seed)
        weights = seeded_weights_name(seed)
    else:
        from selection_assets.stages.models.checkpoint import load_checkpoint
        from selection_assets.stages.models.resnet import build_backbone

        backbone = build_backbone(architecture).eval()
        load_checkpoint(backbone, architecture, checkpoint)
        _dimensions(backbone, architecture.name, input_size, checkpoint)
        weights = weights_name(backbone)
    card = ModelCard(architecture.name, architecture, architecture.num_ftrs, weights, Preprocessing(input_size))
    return EmbeddingModel(backbone, card)


def _load_builtin(input_size: int | None, checkpoint: Path | None) -> EmbeddingModel:
    from selection_assets.stages.models.builtin_model import builtin_header, load_builtin_model

    header, network = builtin_header(), load_builtin_model()
    weights = header.id
    if checkpoint is not None:
        from selection_assets.stages.models.foreign_weights import load_foreign_weights

        before = weights_name(network)
        load_foreign_weights(network, BUILTIN, checkpoint, unused=())
        given = weights_name(network)
        weights = header.id if given == before else given
    preprocessing = Preprocessing(input_size or header.input_size)
    _dimensions(network, BUILTIN, preprocessing.input_size, checkpoint)
    return EmbeddingModel(network, ModelCard(BUILTIN, None, header.dimensions, weights, preprocessing))


def _dimensions(backbone: "nn.Module", name: str, input_size: int, checkpoint: Path | None) -> int:
    """Found by embedding three pictures. Raises InputError where the model cannot take pictures of this size, or what
    it makes of them cannot be embeddings."""
    import torch

    from selection_assets.stages.models.plausible_weights import probe_pictures, vectors_fault

    pictures = probe_pictures(input_size)
    try:
        with torch.inference_mode():
            vectors = backbone(pictures)
        if not isinstance(vectors, torch.Tensor) or vectors.flatten(start_dim=1).shape[0] != len(pictures):
            raise TypeError("it does not give one vector per picture")
        fault = vectors_fault(vectors)
    except (RuntimeError, AssertionError, ValueError, TypeError, IndexError, NotImplementedError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
        raise InputError(
            f"lightly.model.name={name} cannot embed pictures of {input_size} px ({reason}); set "
            "lightly.collate.input_size to a size that it was made for"
        ) from error
    if fault is not None:
        where = f"checkpoint {checkpoint}" if checkpoint else f"lightly.model.name={name}"
        raise InputError(f"{where}: the model {fault}; train it again, or use another one")
    return int(vectors.flatten(start_dim=1).shape[1])


def weights_name(backbone: "nn.Module") -> str:
    """First 16 hexadecimal digits of the SHA-256 over names, shapes and bytes of all tensors that matter."""
    digest = hashlib.sha256()
    for name, tensor in sorted(backbone.state_dict().items()):
        if not name.endswith("num_batches_tracked"):
            digest.update(f"{name}{tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def seeded_weights_name(seed: int) -> str:
    """Name of the weights that a ResNet gets from this seed; tells them apart without making them.

    Part of ids under which caches and datapools keep vectors, so it says `builtin` for ever, as when these weights were
    the only ones that came with Winnow. They have nothing to do with the built-in model, which is called `winnow`.
    """
    return f"builtin{SEEDED_VERSION}-seed{seed}"


def is_name_of(weights: str, model: EmbeddingModel) -> bool:
    """Whether weights of this name are those of `model`: its own name, their hash, or that of a seed which, here and
    now, gives exactly these weights."""
    own = weights_name(model.backbone)
    if weights in (model.card.weights, own):
        return True
    seed = weights.removeprefix(seeded_weights_name(0).removesuffix("0"))
    architecture = model.card.architecture
    if architecture is None or seed == weights or not seed.isdecimal():
        return False
    seeded = _load_resnet(architecture, model.card.preprocessing.input_size, None, int(seed))
    return weights_name(seeded.backbone) == own
