"""The resource `datasource`: the way from names of folders and buckets to what is read there. Reads only.

What a file means (image, CSV, checkpoint) is decided by the stages.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dagster import ResourceDefinition

from configs.errors import InputError
from configs.launchpad import launchpad_fields
from configs.run_checks import beside_the_input
from configs.stages.datasource import DatasourceConfig
from resources.catalog.datasets import Purpose, credentials_for
from resources.local_copies import COPIES
from resources.stores.bucket_store import BucketStore
from resources.stores.local_store import LocalStore
from resources.stores.location import bucket_location


@dataclass(frozen=True)
class Datasource:
    """An input folder and a shared folder, each local or in a bucket, of its own kind; either may be empty: not given.

    dataset: whose credentials open the buckets, if it has some for them.
    """

    input_dir: str = ""
    shared_dir: str = ""
    dataset: str = ""

    @cached_property
    def input_store(self) -> LocalStore | BucketStore:
        """The store that holds the samples.

        Raises InputError where no folder is named or a local one is not there; of a bucket at the first request.
        """
        return store_at("input_dir", self.input_dir, self.dataset, "INPUT")

    @cached_property
    def shared_store(self) -> LocalStore | BucketStore:
        """The LIGHTLY place: what runs read beside the samples, and datapools. Raises InputError likewise."""
        return store_at("shared_dir", self.shared_dir, self.dataset, "LIGHTLY")

    def shared_file(self, key: str, name: str) -> Path:
        """The file `name` below the shared folder; of a bucket a copy, see `local_copies`.

        key: the option that names the file, for the error. Raises InputError where it leaves the folder or is missing.
        """
        if not self.shared_dir:
            raise InputError(
                f"{key}={name} is relative to shared_dir, which is not set; add shared_dir=/path/to/folder"
            )
        return _file(self.shared_store, "shared_dir", key, name)

    def relevant_file(self, name: str) -> Path:
        """The relevant filenames file: below the shared folder; where none is named, below the input in a bucket."""
        key = "relevant_filenames_file"
        if self.shared_dir or not beside_the_input(name, self.input_dir):
            return self.shared_file(key, name)
        return _file(self.input_store, "input_dir", key, name)


def store_at(option: str, text: str, dataset: str, purpose: Purpose) -> LocalStore | BucketStore:
    """A folder that must be there, or one in a bucket, with the credentials of the dataset or of the environment.

    option: whose value `text` is, for messages. Raises InputError where a local folder is not there.
    """
    location = bucket_location(option, text)
    if location is None:
        return LocalStore(existing_folder(option, text))
    return BucketStore(location, credentials_for(dataset, purpose, location.place) if dataset else None)


def _file(store: LocalStore | BucketStore, option: str, key: str, name: str) -> Path:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise InputError(f"{key}={name} must be relative to {option}, without '..'; copy the file to {store.place()}")
    try:
        path = COPIES.path(store, Path(name).as_posix())
    except OSError as error:
        raise InputError(f"{key}={name} in {option}={store.place()}: {error.strerror or error}; mend that") from None
    if path is None:
        raise InputError(
            f"{key}={name}: there is no such file in {option}={store.place()}; copy it there or mend the name"
        )
    return path


def existing_folder(key: str, name: str) -> Path:
    """`name` as a path. Raises InputError where it is empty, missing, or no folder."""
    if not name:
        raise InputError(f"{key} is not set; add {key}=/path/to/folder")
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
