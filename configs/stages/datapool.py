"""The samples that were selected so far: config of the asset `datapool`."""

from pydantic import Field

from configs.stages.base import StageConfig


class DatapoolConfig(StageConfig):
    """A datapool is a folder below shared_dir. What it holds counts as selected before; what a run keeps joins it."""

    name: str = Field(
        default="",
        description="Datapool: a folder of this name below shared_dir with all samples selected so far. "
        "The first run creates it, later runs add to it.",
    )
    keep_history: bool = Field(
        default=True, description="Keep every earlier state of the datapool in its folder history."
    )
    enable_datapool_update: bool = Field(
        default=True, description="Add the selected samples to the datapool. False: it is only read."
    )
