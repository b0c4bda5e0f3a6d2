"""Addresses from which the CSV of embeddings is read, and to which it is written, without a token."""

from fastapi import Request

from platform_api.signed_urls import file_read_url, file_write_url
from resources.platform.datasets import PlatformDataset

MOST = 4 << 30  # bytes


def csv_read_url(dataset: PlatformDataset, place: str, request: Request) -> str:
    """place: as `resources.platform.embeddings.Embedding` has it, a file or an address in a bucket."""
    return file_read_url(dataset, place, request)


def csv_write_url(dataset: PlatformDataset, place: str, request: Request) -> str:
    """A PUT to it writes the local file `place`, whole or not at all."""
    return file_write_url(dataset, place, request, most=MOST)
