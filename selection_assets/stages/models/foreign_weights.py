"""Weights from a file into a network of another package (torchvision, timm), without trusting the file.

Reading PyTorch files is in `checkpoint`; which network it is, in the module of its package.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from configs.errors import InputError
from selection_assets.stages.models.checkpoint import COUNTER, read_state_dict

if TYPE_CHECKING:
    from torch import Tensor, nn

# What training code puts before every name.
WRAPPERS = (
    "model.backbone.",
    "module.",
    "model.",
    "backbone.",
    "encoder.",
)
SHOWN = 3


def load_foreign_weights(
    network: "nn.Module",
    name: str,
    path: Path,
    *,
    unused: tuple[str, ...],
    convert: "Callable[[Mapping[str, Tensor], nn.Module], Mapping[str, Tensor]] | None" = None,
) -> None:
    """Fill `network` with the tensors in `path` (.safetensors, .pt, .pth, .bin, .ckpt).

    Args:
        network: without its classifier.
        name: of the model, for messages.
        unused: prefixes of tensor names that the file may hold in addition (the classifier).
        convert: brings tensors of other origins to the network's names, where the package has such a function.

    Raises:
        InputError: the file cannot be read, is damaged or unsafe, holds what cannot be weights, or was made for another
            model.
    """
    from selection_assets.stages.models.plausible_weights import check_weights

    expected = {key: tensor for key, tensor in network.state_dict().items() if not key.endswith(COUNTER)}
    given: Mapping[str, Tensor] = _unwrapped(read_state_dict(path), expected)
    if convert is not None:
        try:
            given = convert(dict(given), network)
        except Exception as error:  # written for well-formed files of its package only
            raise _other_model(path, name, f"{type(error).__name__}: {error}".splitlines()[0]) from error
    given = {key: tensor for key, tensor in given.items() if not key.endswith(COUNTER) and not key.startswith(unused)}
    missing, unknown = sorted(expected.keys() - given.keys()), sorted(given.keys() - expected.keys())
    if missing:
        raise _other_model(path, name, f"it lacks {', '.join(missing[:SHOWN])}")
    if unknown:
        raise _other_model(path, name, f"it also holds {', '.join(map(ascii, unknown[:SHOWN]))}")
    for key, tensor in given.items():
        if tensor.shape != expected[key].shape:
            has, wants = "x".join(map(str, tensor.shape)), "x".join(map(str, expected[key].shape))
            raise _other_model(path, name, f"{key} is {has} and should be {wants}")
        if expected[key].is_floating_point():
            check_weights(path, key, tensor)
        elif (tensor.layout, tensor.dtype) != (expected[key].layout, expected[key].dtype) or not tensor.equal(
            expected[key]
        ):  # a table of indices, which follows from the architecture
            raise _other_model(path, name, f"{key} holds other numbers than the model's own")
    state = network.state_dict()  # with the format versions that some networks look for
    state.update({key: tensor.float() if tensor.is_floating_point() else tensor for key, tensor in given.items()})
    network.load_state_dict(state)


def _unwrapped(tensors: Mapping[str, "Tensor"], expected: Mapping[str, "Tensor"]) -> Mapping[str, "Tensor"]:
    """The tensors without the prefix that training code put before all of them."""
    for prefix in WRAPPERS:
        inner = {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
        if expected.keys() <= inner.keys():
            return inner
    return tensors


def _other_model(path: Path, name: str, difference: str) -> InputError:
    return InputError(
        f"checkpoint {path}: was not made for lightly.model.name={name} ({difference}); name the model it was made for"
    )
