"""Where a script may fetch a file, without a token."""

from fastapi import Request

from platform_api.errors import ApiError
from resources.platform.datasets import PlatformDataset


def file_read_url(dataset: PlatformDataset, place: str, request: Request) -> str | None:
    """Of a path, or of a key in a bucket with its scheme; None where there is no such file."""
    raise ApiError(501, "NOT_IMPLEMENTED", "files cannot be fetched yet")
