import pytest

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.validated import validated


def check(degrees: list[float]) -> None:
    validated(CheckpointConfig, {"training": {"collate": {"rr_degrees": degrees}}}, "checkpoint")


@pytest.mark.parametrize("degrees", [[], [0], [360], [-360, 360], [-360, -1], [-1, 360], [90, 90]])
def test_rotations_within_a_whole_turn(degrees: list[float]) -> None:
    check(degrees)


@pytest.mark.parametrize("degrees", [[361], [-361, 1], [-1, 361], [-361, -361], [0, 360.5]])
def test_the_largest_angle_of_either_sign_counts(degrees: list[float]) -> None:
    with pytest.raises(InputError, match=r"rr_degrees.*360"):
        check(degrees)
