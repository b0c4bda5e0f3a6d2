"""Where a run writes its files: the fields of the resource `run_folder`. What it does stands in `resources/`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.field_types import Text
from configs.option import Option
from configs.stages.base import StageConfig


class RunFolderConfig(StageConfig):
    """Each run gets a new folder: output_dir/<YYYY-MM-DD>/<HH:MM:SS>, or output_dir/<run_directory>."""

    title: ClassVar[str] = "Output"

    output_dir: Annotated[Text, Option("output_dir")] = Field(
        default="", description="Folder that receives one new folder per run, also s3://bucket/folder."
    )
    run_directory: Annotated[Text, Option("run_directory")] = Field(
        default="",
        description="Name of this run's folder below output_dir, in place of date and time. It must be new, empty, or "
        "left by a run of the same dataset that did not succeed, which then goes on.",
    )
