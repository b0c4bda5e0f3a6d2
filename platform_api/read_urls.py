"""Addresses from which a sample's file is read without a token."""

from fastapi import Request

from platform_api.errors import ApiError
from resources.platform.datasets import PlatformDataset


def read_url(dataset: PlatformDataset, key: str, request: Request, *, redirected: bool = False) -> str:
    """Of the file `key` in the dataset's datasource. redirected: one on this API that does not expire."""
    raise ApiError(501, "NOT_IMPLEMENTED", "reading files is not there yet")
