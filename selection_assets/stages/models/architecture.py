"""Which ResNet makes the embeddings: its name, width and number of features, and what these three imply.

Only descriptions belong here, nothing that needs torch: configs and error messages use it too.
"""

from dataclasses import dataclass

from configs.errors import InputError

# Residual blocks per stage. All but the first three use bottleneck blocks (He et al., arXiv:1512.03385, table 1);
# resnet-9 is the small variant of the `lightly` package.
BLOCKS: dict[str, tuple[int, int, int, int]] = {
    "resnet-9": (1, 1, 1, 1),
    "resnet-18": (2, 2, 2, 2),
    "resnet-34": (3, 4, 6, 3),
    "resnet-50": (3, 4, 6, 3),
    "resnet-101": (3, 4, 23, 3),
    "resnet-152": (3, 8, 36, 3),
}
BOTTLENECKS = frozenset({"resnet-50", "resnet-101", "resnet-152"})
STEM_CHANNELS = 64  # at width 1
MAX_WIDTH = 16.0
MAX_NUM_FTRS = 65_536


@dataclass(frozen=True)
class Architecture:
    """The keys `lightly.model.name`, `.width` and `.num_ftrs`. An impossible combination raises InputError."""

    name: str = "resnet-18"
    width: float = 1.0
    num_ftrs: int = 32

    def __post_init__(self) -> None:
        if self.name not in BLOCKS:
            raise InputError(f"lightly.model.name={self.name}: there is no such model; use one of {', '.join(BLOCKS)}")
        if not 1 / STEM_CHANNELS <= self.width <= MAX_WIDTH:
            raise InputError(
                f"lightly.model.width={self.width:g}: use {1 / STEM_CHANNELS} to {MAX_WIDTH:g} (default 1)"
            )
        if not 1 <= self.num_ftrs <= MAX_NUM_FTRS:
            raise InputError(f"lightly.model.num_ftrs={self.num_ftrs}: use an integer from 1 to {MAX_NUM_FTRS}")

    @property
    def base(self) -> int:
        """Channels after the first convolution."""
        return int(STEM_CHANNELS * self.width)

    @property
    def bottleneck(self) -> bool:
        return self.name in BOTTLENECKS

    @property
    def body_channels(self) -> int:
        """Channels that the ResNet body hands to the last convolution: 512 for resnet-18, 2048 for resnet-50."""
        return self.base * 8 * (4 if self.bottleneck else 1)

    def __str__(self) -> str:
        return f"{self.name}, width {self.width:g}, {self.num_ftrs} features"
