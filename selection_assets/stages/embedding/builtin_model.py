"""The model that Winnow comes with: where its weights are, what it takes and what it gives.

The network is in `builtin_network`; how the weights were made is in the folder `builtin_model` of the repository.
"""

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from selection_assets.stages.embedding.picture_pixels import MEAN, STD

if TYPE_CHECKING:
    from selection_assets.stages.embedding.builtin_network import BuiltinNetwork

WEIGHTS = Path(__file__).with_name("weights") / "winnow_builtin.safetensors"


@dataclass(frozen=True)
class BuiltinModel:
    """`network` maps (B, 3, S, S) float32 to (B, dimensions) float32 of length 1; in eval mode on the CPU.

    S is `input_size`; pixels in [0, 1] minus `mean`, over `std`, per RGB channel. `id` changes with the weights.
    """

    network: "BuiltinNetwork"
    id: str
    input_size: int
    dimensions: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def builtin_model_id(file: Path = WEIGHTS) -> str:
    """The id in the file's header, read without torch."""
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        return str(json.loads(stream.read(length))["__metadata__"]["id"])


def load_builtin_model(file: Path = WEIGHTS) -> BuiltinModel:
    """The network with its weights, computing in float32 (they are stored as float16). Takes no internet."""
    from safetensors.torch import load_file

    from selection_assets.stages.embedding.builtin_network import DIMENSIONS, SIDE, BuiltinNetwork

    network = BuiltinNetwork()
    network.load_state_dict({name: tensor.float() for name, tensor in load_file(file).items()})
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return BuiltinModel(network.eval(), builtin_model_id(file), SIDE, DIMENSIONS, MEAN, STD)
