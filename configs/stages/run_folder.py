"""Where a run writes its files: the fields of the resource `run_folder`. What it does stands in `resources/`."""

from pydantic import Field

from configs.stages.base import StageConfig


class RunFolderConfig(StageConfig):
    """Each run gets a new folder: output_dir/<YYYY-MM-DD>/<HH:MM:SS>, or output_dir/<run_directory>."""

    output_dir: str = Field(default="", description="Folder that receives one new folder per run.")
    run_directory: str = Field(
        default="",
        description="Name of this run's folder below output_dir, in place of date and time. It must not exist yet.",
    )
