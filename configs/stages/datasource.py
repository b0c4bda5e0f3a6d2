"""Where samples come from: the fields of the resource `datasource`. What it does stands in `resources/`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.field_types import Text
from configs.option import Option
from configs.stages.base import StageConfig


class DatasourceConfig(StageConfig):
    """Folders, local or in a bucket. The input is only read."""

    title: ClassVar[str] = "Input"

    input_dir: Annotated[Text, Option("input_dir")] = Field(
        default="",
        description="Folder with the images, also s3://, gs:// or az://bucket/folder: flat, or one sub-folder per weak "
        "label. Optional with embeddings.",
    )
    shared_dir: Annotated[Text, Option("shared_dir")] = Field(
        default="",
        description="Folder of further inputs, also s3://bucket/folder: checkpoint, embeddings, relevant filenames, "
        "named relative to it; and of datapools.",
    )
