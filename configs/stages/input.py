"""Which samples take part in a run: config of the asset `input_samples`."""

from typing import Annotated, ClassVar

from pydantic import Field

from configs.field_types import Flag, Text
from configs.option import Option
from configs.stages.base import StageConfig


class InputConfig(StageConfig):
    """Samples are the files of the datasource, or the rows of an embeddings file."""

    title: ClassVar[str] = "Samples"

    relevant_filenames_file: Annotated[Text, Option("relevant_filenames_file", worker=True)] = Field(
        default="",
        description="Text file, relative to shared_dir (without one, to an input in a bucket), that names the "
        "files to use: per line one name, or `prefix* [gitignore patterns]`.",
    )
    embeddings: Annotated[Text, Option("embeddings", worker=True)] = Field(
        default="",
        description="Embeddings CSV, relative to shared_dir: select from its rows; no image is checked or embedded.",
    )
    process_all: Annotated[Flag, Option("datasource.process_all", worker=True)] = Field(
        default=False,
        description="Take every file. False: only those that no run of the dataset has taken to its end yet, and those "
        "that have changed since. True where winnow run is told input_dir.",
    )
    bypass_verify: Annotated[Flag, Option("datasource.bypass_verify", worker=True)] = Field(
        default=False,
        description="Do not try before a run whether buckets can be listed, read and written to. For credentials that "
        "permit less than that, or only from where the run is.",
    )
