"""The resource `datasource`: the way from names of folders and buckets to what is read there. Reads only.

What a file means (image, CSV, checkpoint) is decided by the stages.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dagster import ResourceDefinition

from configs.errors import InputError
from configs.launchpad import launchpad_fields
from configs.stages.datasource import DatasourceConfig
from resources.catalog.datasets import credentials_for
from resources.stores.bucket_store import BucketStore
from resources.stores.local_store import LocalStore
from resources.stores.location import bucket_location, refuse_bucket


@dataclass(frozen=True)
class Datasource:
    """An input folder, local or in a bucket, and a local shared folder; either may be empty: not given.

    dataset: whose credentials open the bucket, if it has some for it.
    """

    input_dir: str = ""
    shared_dir: str = ""
    dataset: str = ""

    @cached_property
    def input_store(self) -> LocalStore | BucketStore:
        """The store that holds the samples.

        Raises InputError where no folder is named or a local one is not there; of a bucket at the first request.
        """
        place = bucket_location("input_dir", self.input_dir)
        if place is None:
            return LocalStore(existing_folder("input_dir", self.input_dir))
        return BucketStore(place, credentials_for(self.dataset, "INPUT", place.place) if self.dataset else None)

    def shared_file(self, key: str, name: str) -> Path:
        """The file `name` below the shared folder. Raises InputError where it leaves the folder or is missing.

        key: the option that names the file, for the error.
        """
        if not self.shared_dir:
            raise InputError(
                f"{key}={name} is relative to shared_dir, which is not set; add shared_dir=/path/to/folder"
            )
        folder = existing_folder("shared_dir", self.shared_dir)
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise InputError(f"{key}={name} must be relative to shared_dir, without '..'; copy the file to {folder}")
        path = folder / name
        if not path.is_file():
            raise InputError(
                f"{key}={name}: there is no such file in shared_dir={folder}; copy it there or mend the name"
            )
        return path


def existing_folder(key: str, name: str) -> Path:
    """`name` as a path. Raises InputError where it is empty, missing, or not a local folder."""
    if not name:
        raise InputError(f"{key} is not set; add {key}=/path/to/folder")
    refuse_bucket(key, name)
    folder = Path(name).expanduser().absolute()
    try:
        folder.stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{key}={name}: {reason}; check the path (in a container: the volume mapping)") from None
    if not folder.is_dir():
        raise InputError(f"{key}={name} is not a folder; give the folder that holds it")
    return folder


datasource = ResourceDefinition(
    lambda _: Datasource,
    config_schema=launchpad_fields(DatasourceConfig),
    description=(DatasourceConfig.__doc__ or "").strip(),
)
