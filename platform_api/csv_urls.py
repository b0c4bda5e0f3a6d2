"""Addresses from which the CSV of embeddings is read, and to which it is written, without a token."""

from fastapi import Request

from platform_api.errors import ApiError
from resources.platform.datasets import PlatformDataset


def csv_read_url(dataset: PlatformDataset, place: str, request: Request) -> str:
    """place: as `resources.platform.embeddings.Embedding` has it, a file or an address in a bucket."""
    raise ApiError(501, "NOT_IMPLEMENTED", "reading embeddings is not there yet")


def csv_write_url(dataset: PlatformDataset, place: str, request: Request) -> str:
    """A PUT to it writes the local file `place`, whole or not at all."""
    raise ApiError(501, "NOT_IMPLEMENTED", "writing embeddings is not there yet")
