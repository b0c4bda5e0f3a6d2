"""Any classification network of torchvision as a backbone: `torchvision/resnet50`, `torchvision/vit_b_16` …

This module imports torch and torchvision: import it inside the functions that use it.
"""

import difflib
import warnings
from pathlib import Path

import torch
from torch import nn
from torchvision import models
from torchvision.transforms import InterpolationMode

from configs.errors import InputError
from selection_assets.stages.models.foreign_weights import load_foreign_weights
from selection_assets.stages.models.model_choice import TORCHVISION_PREFIX
from selection_assets.stages.models.preprocessing import Preprocessing
from selection_assets.stages.models.pretrained_download import not_here, reachable

INPUT_SIZE = 224
AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")  # second classifiers of the inception networks, for training only


def torchvision_model(name: str, checkpoint: Path | None, input_size: int | None) -> tuple[nn.Module, Preprocessing]:
    """The network without its classifier: (B, 3, S, S) float32 -> (B, D) float32, in eval mode on the CPU.

    Args:
        name: `torchvision/` and a name that `torchvision.models.list_models` knows.
        checkpoint: file with its weights; None takes the package's best ones from torch's hub cache, or downloads them.
        input_size: side of its pictures in pixels; None: the one it was trained with (224 with a checkpoint).

    Raises InputError where the name is unknown, weights are neither here nor reachable, or the file does not fit.
    """
    short = name.removeprefix(TORCHVISION_PREFIX)
    known = models.list_models(module=models)
    if short not in known:
        close = difflib.get_close_matches(short, known, 1)
        hint = f"did you mean {TORCHVISION_PREFIX}{close[0]}?" if close else "see torchvision.models.list_models()"
        raise InputError(f"lightly.model.name={name}: torchvision has no such classification model; {hint}")
    if checkpoint is not None:
        network = _untrained(short)
        unused = (*_without_classifier(network), *AUXILIARY)
        load_foreign_weights(network, name, checkpoint, unused=unused)
        return network.eval(), Preprocessing(input_size or INPUT_SIZE)
    weights = models.get_model_weights(short).DEFAULT  # type: ignore[attr-defined]
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    if not (folder / Path(weights.url).name).exists() and not reachable(weights.url):
        raise not_here(name, str(folder))
    network = _untrained(short)
    # Not `weights=` above: its loader does not promise to be weights-only.
    network.load_state_dict(
        torch.hub.load_state_dict_from_url(weights.url, map_location="cpu", check_hash=True, weights_only=True)
    )
    _without_classifier(network)
    transform = weights.transforms()
    bicubic = transform.interpolation == InterpolationMode.BICUBIC
    return network.eval(), Preprocessing(
        input_size or transform.crop_size[0],
        "bicubic" if bicubic else "bilinear",
        tuple(transform.mean),
        tuple(transform.std),
    )


def _untrained(short: str) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about initial values, which are overwritten
        network: nn.Module = models.get_model(short, weights=None)
    return network


def _without_classifier(network: nn.Module) -> tuple[str, ...]:
    """Replace the last linear layer by nothing; return the prefixes of its tensors' names.

    SqueezeNet classifies with a convolution instead; there the features before it are averaged over the picture.
    """
    linear = [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and not name.startswith(AUXILIARY)
    ]
    if isinstance(network, models.SqueezeNet):
        network.classifier = nn.Sequential(nn.AdaptiveAvgPool2d(1))
        removed = "classifier"
    else:
        removed = linear[-1]
        parent, _, last = removed.rpartition(".")
        setattr(network.get_submodule(parent), last, nn.Identity())
    for auxiliary in ("aux1", "aux2", "AuxLogits"):
        if hasattr(network, auxiliary):
            setattr(network, auxiliary, None)
    if isinstance(network, (models.GoogLeNet, models.Inception3)):
        network.aux_logits = False
    return (f"{removed}.",)
