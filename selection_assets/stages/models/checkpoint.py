"""Checkpoints of the `lightly` package (and our own training) into the backbone, without trusting the file.

Reading, checking and loading of weights belong here; which model a run uses is decided in `embedding_model`.

A checkpoint is a pickle and may come from anybody: it is only ever read with `weights_only=True`, which builds tensors
and plain containers and runs nothing. Training frameworks store a few bookkeeping objects of their own beside the
weights; those names (and no others) are replaced by an empty dict while reading.
"""

import warnings
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs.errors import InputError
from selection_assets.stages.models.architecture import BLOCKS, BOTTLENECKS, STEM_CHANNELS, Architecture
from selection_assets.stages.models.checkpoint_archive import check_archive

if TYPE_CHECKING:
    from torch import Tensor, nn

BOOKKEEPING = ("pytorch_lightning.", "lightning.", "lightning_fabric.", "omegaconf.")
BACKBONE_NAMES = ("backbone.", "features.")  # `features` until lightly 1.0.5
FIRST_TENSOR = "0.running_mean"  # of the input norm
COUNTER = "num_batches_tracked"
TAKE_FROM_CONFIG = (
    "set lightly.model.name, .width and .num_ftrs to the values in the config.yaml of the run that made it"
)


class _Bookkeeping:
    """Stands in for a class of a training framework: making one gives an empty dict, whatever the arguments."""

    def __new__(cls, *_: object) -> "OrderedDict[Any, Any]":  # type: ignore[misc]  # the one dict that torch will fill
        return OrderedDict()


def load_checkpoint(backbone: "nn.Module", architecture: Architecture, path: Path) -> None:
    """Fill `backbone` (built for `architecture`) with the weights in `path`; projection head and optimizer are ignored.

    Raises InputError when the file is no checkpoint, is damaged, unsafe or absurdly large, holds what cannot be
    weights, or was made for another architecture; the message then names the config keys and the values that fit.
    """
    tensors = _backbone_tensors(read_state_dict(path), path)
    found = infer_architecture(tensors)
    if found is not None and found != architecture:
        raise InputError(
            f"checkpoint {path}: holds {found}, the config asks for {architecture}; {_mend(found, architecture)}"
        )
    expected = {name: tensor for name, tensor in backbone.state_dict().items() if not name.endswith(COUNTER)}
    given = {name: tensor for name, tensor in tensors.items() if not name.endswith(COUNTER)}
    _check_tensors(given, expected, architecture, path)
    backbone.load_state_dict({name: tensor.float() for name, tensor in given.items()}, strict=False)


def read_state_dict(path: Path) -> dict[str, "Tensor"]:
    """The named tensors of a checkpoint file, on the CPU, as they lie in it; entries that are no tensors are left out.

    Every checksum that the file has is compared before anything is built from it.
    """
    import torch

    check_archive(path)
    if path.suffix == ".safetensors":
        return _read_safetensors(path)
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # about formats; what is wrong with the file is said below
            torch.serialization.safe_globals([(_Bookkeeping, name) for name in _bookkeeping_names(path)]),
        ):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(
            f"checkpoint {path}: cannot be read ({error.strerror}); check the file and its permissions"
        ) from error
    except Exception as error:  # a hostile or damaged file makes the parser raise nearly anything
        reason = "holds code, not only weights" if "GLOBAL" in str(error) else "is damaged or no PyTorch checkpoint"
        raise InputError(
            f"checkpoint {path}: {reason}; give a .ckpt file made by lightly or by this product"
        ) from error
    state = content.get("state_dict", content) if isinstance(content, Mapping) else None
    if not isinstance(state, Mapping):
        raise InputError(
            f"checkpoint {path}: holds no state_dict; give a .ckpt file made by lightly or by this product"
        )
    tensors = {
        name: tensor for name, tensor in state.items() if isinstance(name, str) and isinstance(tensor, torch.Tensor)
    }
    for name, tensor in tensors.items():
        if tensor.device.type != "cpu":
            raise InputError(f"checkpoint {path}: tensor {name!a} has no content; save the model with its weights")
    return tensors


def _read_safetensors(path: Path) -> dict[str, "Tensor"]:
    """The format holds tensors and text only (https://github.com/huggingface/safetensors)."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise InputError(f"checkpoint {path}: is damaged or no safetensors file ({error}); export it again") from error


def infer_architecture(tensors: Mapping[str, "Tensor"]) -> Architecture | None:
    """Architecture that tensors with the backbone's own names (`3.0.conv1.weight`) were made for; None if unknown."""
    try:
        base, num_ftrs = len(tensors["1.weight"]), len(tensors["7.weight"])
    except (KeyError, TypeError):
        return None
    blocks = tuple(
        len({name.split(".")[1] for name in tensors if name.startswith(f"{stage}.")}) for stage in (3, 4, 5, 6)
    )
    bottleneck = "3.0.conv3.weight" in tensors
    for name, known in BLOCKS.items():
        if known == blocks and (name in BOTTLENECKS) == bottleneck:
            try:
                return Architecture(name, base / STEM_CHANNELS, num_ftrs)
            except InputError:
                return None
    return None


def read_architecture(path: Path) -> Architecture:
    """The architecture that the checkpoint at `path` was made for. Raises InputError where it cannot be told."""
    found = infer_architecture(_backbone_tensors(read_state_dict(path), path))
    if found is None:
        raise InputError(f"checkpoint {path}: holds no backbone of a known architecture ({', '.join(BLOCKS)})")
    return found


def _bookkeeping_names(path: Path) -> list[str]:
    """Dotted names of the training framework's own classes in the file, found without building anything."""
    import torch

    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except ValueError:  # the format before torch 1.6, which such classes never met
        return []
    return [name for name in names if name.startswith(BOOKKEEPING)]


def _backbone_tensors(state: Mapping[str, "Tensor"], path: Path) -> dict[str, "Tensor"]:
    """Tensors of the backbone, the first one named `0.weight` whatever the model around it was called."""
    for name in state:
        prefix = name.removesuffix(FIRST_TENSOR)
        if prefix != name and (not prefix or prefix.endswith(BACKBONE_NAMES)):
            return {key.removeprefix(prefix): tensor for key, tensor in state.items() if key.startswith(prefix)}
    shown = ", ".join(sorted(state)[:3]) or "no tensor at all"
    raise InputError(
        f"checkpoint {path}: holds no lightly ResNet backbone (tensors model.backbone.*), but {ascii(shown)[1:-1]}; "
        "give a .ckpt file made by lightly or by this product"
    )


def _mend(found: Architecture, wanted: Architecture) -> str:
    pairs = (
        ("lightly.model.name", found.name, wanted.name),
        ("lightly.model.width", f"{found.width:g}", f"{wanted.width:g}"),
        ("lightly.model.num_ftrs", str(found.num_ftrs), str(wanted.num_ftrs)),
    )
    return "set " + " ".join(f"{key}={has}" for key, has, wants in pairs if has != wants)


def _check_tensors(
    given: Mapping[str, "Tensor"], expected: Mapping[str, "Tensor"], architecture: Architecture, path: Path
) -> None:
    from selection_assets.stages.models.plausible_weights import check_weights

    missing, unknown = sorted(expected.keys() - given.keys()), sorted(given.keys() - expected.keys())
    if missing or unknown:
        what = f"tensor {missing[0]} is missing" if missing else f"tensor {unknown[0]!a} is unknown"
        raise InputError(f"checkpoint {path}: does not fit {architecture} ({what}); {TAKE_FROM_CONFIG}")
    for name, tensor in given.items():
        if tensor.shape != expected[name].shape:
            has, wants = "x".join(map(str, tensor.shape)), "x".join(map(str, expected[name].shape))
            raise InputError(
                f"checkpoint {path}: tensor {name} is {has}, {architecture} needs {wants}; {TAKE_FROM_CONFIG}"
            )
        check_weights(path, name, tensor)
