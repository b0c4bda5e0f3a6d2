"""Which samples take part in a run: config of the asset `input_samples`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from configs.field_types import Flag, Number, Text
from configs.option import Option
from configs.stages.base import StageConfig


class ExpirationConfig(StageConfig):
    """What happens with files in a bucket that are about to be deleted there. Both fields are named, or none."""

    min_days_to_expiration: Annotated[
        Number | None, Option("datasource.input_expiration.min_days_to_expiration", worker=True)
    ] = Field(
        default=None,
        ge=0,
        le=36_500,
        description="Files that their bucket deletes in fewer days than this are not used. 0: those whose time has "
        "come. null: such a bucket ends the run.",
    )
    handling_strategy: Annotated[
        Literal["", "SKIP", "ABORT"], Option("datasource.input_expiration.handling_strategy", worker=True)
    ] = Field(default="", description="SKIP: leave such files out. ABORT: the first one ends the run.")


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
    input_expiration: ExpirationConfig = ExpirationConfig()
