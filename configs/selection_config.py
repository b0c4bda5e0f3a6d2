"""How many and which samples are kept: config of the asset `selected_samples`."""

from typing import Literal

from dagster import Config
from pydantic import Field

from configs.errors import InputError


class StoppingConditionConfig(Config):
    """Selection stops as soon as one condition is met. Without any, everything is kept."""

    n_samples: int | None = Field(default=None, ge=1, description="Samples to keep.")
    proportion_samples: float | None = Field(
        default=None, ge=0, le=1, description="Samples to keep as a share of the input, instead of n_samples."
    )
    min_distance: float | None = Field(
        default=None,
        ge=0,
        description="No two kept samples are closer to each other than this (0 to 2 for unit vectors).",
    )

    @property
    def asked(self) -> int | float | None:
        """The count (int), the share of the input (float), or None. Raises InputError where both are named."""
        if self.n_samples is not None and self.proportion_samples is not None:
            raise InputError(
                f"n_samples={self.n_samples} and proportion_samples={self.proportion_samples} exclude each other; "
                "leave one of them out"
            )
        return self.proportion_samples if self.n_samples is None else self.n_samples


class SelectionConfig(Config):
    """Which samples are kept."""

    method: Literal["coreset", "random", "coral"] = Field(
        default="coreset",
        description="coreset: the most diverse samples (greedy k-centre). random: a uniform random choice. "
        "coral: diverse samples with high scores.",
    )
    stopping_condition: StoppingConditionConfig = StoppingConditionConfig()
    active_learning_score_column_name: str = Field(
        default="al_score",
        description="Column of the embeddings file with the scores for coral, each from 0 to 1 (most wanted).",
    )
    seed: int = Field(default=1, ge=0, lt=2**32, description="Seed of random choices.")
    dump_sampled_embeddings: bool = Field(
        default=True, description="Write the embeddings of the kept samples to the run folder."
    )
