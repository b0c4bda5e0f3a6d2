"""The model that Winnow comes with: where its weights are, what it takes and what it gives.

The network is in `builtin_network`; how the weights were made is in the folder `builtin_model` of the repository.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selection_assets.stages.models.builtin_network import BuiltinNetwork

WEIGHTS = Path(__file__).with_name("weights") / "winnow_builtin.safetensors"


@dataclass(frozen=True)
class BuiltinHeader:
    """What the file says about itself. `id` changes with the weights; input_size: side of its pictures in pixels."""

    id: str
    input_size: int
    dimensions: int


def builtin_header(file: Path = WEIGHTS) -> BuiltinHeader:
    """Read without torch (https://github.com/huggingface/safetensors, "Format")."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        found = json.loads(stream.read(length))["__metadata__"]
    return BuiltinHeader(found["id"], int(found["input_size"]), int(found["dimensions"]))


def load_builtin_model(file: Path = WEIGHTS) -> "BuiltinNetwork":
    """The network with its weights: (B, 3, S, S) float32, pixels normalised with ImageNet's mean and standard
    deviation, to (B, dimensions) float32 of length 1; in eval mode on the CPU. It computes in float32 what is stored as
    float16. Takes no internet."""
    from safetensors.torch import load_file

    from selection_assets.stages.models.builtin_network import BuiltinNetwork

    network = BuiltinNetwork()
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(file).items()})
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network.eval()
