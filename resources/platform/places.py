"""Which folder, local or in a bucket, a datasource config of the platform names."""

from collections.abc import Mapping
from typing import Any

from configs.errors import InputError
from resources.platform.local_roots import local_folder
from resources.platform.own_pictures import TYPE, own_folder
from resources.stores.location import bucket_location

_SCHEMES = {"S3": "s3", "S3DelegatedAccess": "s3", "GCS": "gs", "AZURE": "az", "OBS": "obs"}


def place_of(config: Mapping[str, Any]) -> str:
    """config: as the wire has it, with `type` and `fullPath`. A local folder is absolute, and without links.

    Raises InputError where it names no place, or one that may not be used.
    """
    kind, path = config["type"], config["fullPath"]
    if kind == "LOCAL":
        return str(local_folder(path))
    if kind == TYPE:
        return str(own_folder(path))
    if kind not in _SCHEMES:
        raise InputError(f"there is no place for data of type {kind}; use S3, GCS, AZURE, OBS or LOCAL")
    scheme = _SCHEMES[kind]
    if kind == "AZURE" and "://" not in path:
        path = f"az://{path}"
    if not path.startswith(f"{scheme}://"):
        raise InputError(f"fullPath={path!a}: write {scheme}://bucket/folder")
    if kind == "OBS":
        path = f"s3://{path.removeprefix('obs://')}"  # it speaks the language of S3
    return str(bucket_location("fullPath", path))
