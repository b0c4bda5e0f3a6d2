"""The samples that were selected so far: config of the asset `datapool`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.field_types import Flag, Text
from configs.option import Option
from configs.stages.base import StageConfig


class DatapoolConfig(StageConfig):
    """A datapool is a folder below shared_dir. What it holds counts as selected before; what a run keeps joins it."""

    title: ClassVar[str] = "Datapool"

    name: Annotated[Text, Option("datapool.name")] = Field(
        default="",
        description="Datapool: a folder of this name below shared_dir with all samples selected so far. "
        "The first run creates it, later runs add to it.",
    )
    keep_history: Annotated[Flag, Option("datapool.keep_history")] = Field(
        default=True, description="Keep every earlier state of the datapool in its folder history."
    )
    enable_datapool_update: Annotated[Flag, Option("datasource.enable_datapool_update", worker=True)] = Field(
        default=True, description="Add the selected samples to the datapool. False: it is only read."
    )
