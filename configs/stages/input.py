"""Which samples take part in a run: config of the asset `input_samples`."""

from pydantic import Field

from configs.stages.base import StageConfig


class InputConfig(StageConfig):
    """Samples are the files of the datasource, or the rows of an embeddings file."""

    relevant_filenames_file: str = Field(
        default="",
        description="Text file, relative to shared_dir, that names the files to use: per line one name, "
        "or `prefix* [gitignore patterns]`.",
    )
    embeddings: str = Field(
        default="",
        description="Embeddings CSV, relative to shared_dir: select from its rows; no image is checked or embedded.",
    )
