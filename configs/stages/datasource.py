"""Where samples come from: the fields of the resource `datasource`. What it does stands in `resources/`."""

from pydantic import Field

from configs.stages.base import StageConfig


class DatasourceConfig(StageConfig):
    """Local folders. Both are only read."""

    input_dir: str = Field(
        default="",
        description="Folder with the images: flat, or one sub-folder per weak label. Optional with embeddings.",
    )
    shared_dir: str = Field(
        default="",
        description="Folder of further inputs: checkpoint, embeddings, relevant filenames, named relative to it.",
    )
