import pytest

from configs.errors import InputError
from selection_assets.stages.models.architecture import BLOCKS, Architecture


@pytest.mark.parametrize(
    ("name", "width", "channels"),
    [("resnet-9", 0.125, 64), ("resnet-18", 1, 512), ("resnet-34", 2, 1024), ("resnet-50", 1, 2048)],
)
def test_body_channels(name: str, width: float, channels: int) -> None:
    assert Architecture(name, width).body_channels == channels


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("resnet-17", 1, 32), ["lightly.model.name=resnet-17", *BLOCKS]),
        (("resnet-18", 0, 32), ["lightly.model.width=0"]),
        (("resnet-18", float("nan"), 32), ["lightly.model.width=nan"]),
        (("resnet-18", 99, 32), ["lightly.model.width=99", "16"]),
        (("resnet-18", 1, 0), ["lightly.model.num_ftrs=0"]),
    ],
)
def test_impossible_values_name_the_key(arguments: tuple[str, float, int], words: list[str]) -> None:
    with pytest.raises(InputError) as error:
        Architecture(*arguments)
    assert all(word in str(error.value) for word in words)
