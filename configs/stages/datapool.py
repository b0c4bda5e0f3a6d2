"""The samples that were selected so far: config of the asset `datapool`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.errors import InputError
from configs.field_types import Flag, Text
from configs.option import Option, Spelling
from configs.platform_id import check_id
from configs.stages.base import StageConfig

HOSTED = "datapool"  # the folder of a dataset's own datapool, in its LIGHTLY place

USE = Spelling(
    lambda value: {"name": HOSTED} if value is True else {} if value is False else {"name": [value]},
    lambda config: config.name == HOSTED,
    kind="bool",
    allowed="write true or false",
)
OF_DATASET = Spelling(
    lambda value: {"name": HOSTED, "dataset_id": value} if value else {},
    lambda config: config.dataset_id,
    kind="str",
    allowed="write the id of a dataset, 24 hexadecimal digits",
)


class DatapoolConfig(StageConfig):
    """A datapool is a folder below shared_dir. What it holds counts as selected before; what a run keeps joins it."""

    title: ClassVar[str] = "Datapool"

    name: Annotated[
        Text,
        Option("datapool.name"),
        Option(
            "use_datapool",
            worker=True,
            platform=True,
            spelling=USE,
            after="datapool.name",
            meaning=f"The dataset's own datapool: the folder {HOSTED} in its LIGHTLY place.",
        ),
    ] = Field(
        default="",
        description="Datapool: a folder of this name below shared_dir with all samples selected so far. "
        "The first run creates it, later runs add to it.",
    )
    dataset_id: Annotated[Text, Option("datapool.dataset_id", worker=True, platform=True, spelling=OF_DATASET)] = Field(
        default="", description="Dataset of the platform whose own datapool is used, 24 hexadecimal digits."
    )
    keep_history: Annotated[Flag, Option("datapool.keep_history")] = Field(
        default=True, description="Keep every earlier state of the datapool in its folder history."
    )
    enable_datapool_update: Annotated[Flag, Option("datasource.enable_datapool_update", worker=True)] = Field(
        default=True, description="Add the selected samples to the datapool. False: it is only read."
    )

    def check(self, where: str) -> None:
        """Raises InputError for an id that is none, and for one without the name of the datapool."""
        if self.dataset_id:
            check_id(self.dataset_id, f"{where}.dataset_id")
            if not self.name:
                raise InputError(f"{where}.name is missing; the datapool of a dataset is called {HOSTED}")
