"""METADATA: a column of the embeddings file, or what was measured on the image itself (`lightly.…`)."""

from pydantic import Field

from configs.strategies.fields import Keys, Text

KIND = "METADATA"
REQUIRED = ("key",)
COMES = "metadata comes"

# What is measured where images are read, and the column of `checked_samples` that holds it.
MEASURED = {
    "lightly.width": "width",
    "lightly.height": "height",
    "lightly.sharpness": "sharpness",
    "lightly.snr": "snr",
    "lightly.luminance": "luminance",
    "lightly.sizeInBytes": "size_in_bytes",
}


class MetadataKeys(Keys):
    key: Text | None = Field(default=None, description="Name of the metadata, for METADATA; lightly.* is measured.")


KEYS = MetadataKeys


def kind(given: MetadataKeys) -> str:
    return KIND


def detail(given: MetadataKeys) -> str:
    return str(given.key)


def column(given: MetadataKeys) -> str | None:
    """The column of the embeddings file that this needs; None for what may be measured instead."""
    return None if str(given.key).startswith("lightly.") else given.key


def check(given: MetadataKeys, where: str) -> None:
    """Any name may be a key."""
