"""BALANCE: classes in given shares among the selected samples."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from configs.errors import InputError
from configs.field_types import Number
from configs.strategies import metadata, predictions
from configs.strategies.fields import Strength

WORKS_ON = (metadata.KIND, predictions.CLASS_DISTRIBUTION)
REQUIRED = ()


class DistributionType(StrEnum):
    """Where the shares come from."""

    TARGET = "TARGET"
    UNIFORM = "UNIFORM"
    INPUT = "INPUT"


Share = Annotated[Number, Field(ge=0, le=1e9)]


class Balance(Strength):
    target: dict[str, Share] | None = Field(default=None, description="Share of each class, for BALANCE.")
    distribution: DistributionType | None = Field(
        default=None, description="Shares that BALANCE aims at: target, equal ones, those of the input. Unset: TARGET."
    )


KEYS = Balance


def check(strategy: Balance, where: str) -> None:
    """Raises InputError unless there is exactly one source of shares, and a share above 0."""
    distribution = strategy.distribution or DistributionType.TARGET
    if distribution is not DistributionType.TARGET:
        if strategy.target:
            raise InputError(f"{where}.target does not go with distribution {distribution.value}; leave one out")
        return
    if not strategy.target:
        raise InputError(
            f"{where}.target is missing; give shares such as {{'car': 0.5}}, or distribution UNIFORM or INPUT"
        )
    if not sum(strategy.target.values()):
        raise InputError(f"{where}.target: all shares are 0; give at least one class a share")


def conditions(strategy: Balance) -> list[str]:
    """Nothing that may end the selection."""
    return []
