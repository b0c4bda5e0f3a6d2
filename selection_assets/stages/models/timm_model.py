"""Any network of timm as a backbone: `timm/vit_small_patch14_dinov2`, `timm/resnet18.a1_in1k` …

This module imports torch and timm: import it inside the functions that use it.
"""

import difflib
import re
import sys
from pathlib import Path
from typing import Any, Literal

import huggingface_hub
import timm
from huggingface_hub import constants
from timm.models import PretrainedCfg, is_model, list_models
from torch import nn

from configs.errors import InputError
from selection_assets.stages.models.foreign_weights import load_foreign_weights
from selection_assets.stages.models.model_choice import TIMM_PREFIX
from selection_assets.stages.models.preprocessing import Preprocessing
from selection_assets.stages.models.pretrained_download import not_here, reachable

WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")  # in the order of the package's own preference
# DINOv2's own 518 pixels cost seven times as much as the size that everybody embeds with.
LARGEST_DEFAULT_SIZE = 224


def timm_model(name: str, checkpoint: Path | None, input_size: int | None) -> tuple[nn.Module, Preprocessing]:
    """The network without its classifier: (B, 3, S, S) float32 -> (B, D) float32, in eval mode on the CPU.

    Args:
        name: `timm/` and a name that `timm.list_models` knows, with or without the tag of its weights.
        checkpoint: file with its weights; None takes them from the hub cache, or downloads them.
        input_size: side of its pictures in pixels; None: the one it was trained with, at most 224. Transformers
            interpolate their position embeddings.

    Raises InputError where the name is unknown, weights are neither here nor reachable, or the file does not fit.
    """
    short = name.removeprefix(TIMM_PREFIX)
    if not re.fullmatch(r"[\w.]+", short) or not is_model(short):
        close = difflib.get_close_matches(short, list_models(), 1)
        hint = f"did you mean {TIMM_PREFIX}{close[0]}?" if close else "see timm.list_models()"
        raise InputError(f"lightly.model.name={name}: timm has no such model; {hint}")
    config = timm.get_pretrained_cfg(short) or PretrainedCfg()
    own_size = config.input_size[1]
    size = input_size or min(LARGEST_DEFAULT_SIZE, own_size)
    file = checkpoint or _cached_file(config)
    if file is None and config.hf_hub_id and not reachable(constants.ENDPOINT):
        raise not_here(name, constants.HF_HUB_CACHE)
    # Transformers are built for one size; their position embeddings are interpolated.
    sized: dict[str, Any] = {"img_size": size} if config.fixed_input_size and size != own_size else {}
    try:
        network = timm.create_model(short, pretrained=file is None, num_classes=0, **sized)
    except (RuntimeError, TypeError, AssertionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"lightly.model.name={name} with pictures of {size} px: {reason}") from error
    except OSError as error:
        raise not_here(name, constants.HF_HUB_CACHE) from error
    if file is not None:
        module = sys.modules[type(network).__module__]
        classifier = config.classifier or ()
        names = (classifier,) if isinstance(classifier, str) else tuple(classifier)
        load_foreign_weights(
            network,
            name,
            file,
            unused=tuple(f"{one}." for one in names),
            convert=getattr(module, "checkpoint_filter_fn", None),
        )
    interpolation: Literal["bilinear", "bicubic"] = "bicubic" if config.interpolation == "bicubic" else "bilinear"
    return network.eval(), Preprocessing(size, interpolation, tuple(config.mean), tuple(config.std))


def _cached_file(config: PretrainedCfg) -> Path | None:
    """The published weights in the hub's cache: with them here, no server needs to be asked."""
    if not config.hf_hub_id:
        return None
    for filename in (config.hf_hub_filename, *WEIGHT_FILES):
        found = huggingface_hub.try_to_load_from_cache(config.hf_hub_id, filename) if filename else None
        if isinstance(found, str):
            return Path(found)
    return None
