"""Where the data of a user lie, as an option names it: a local folder, or a bucket and a folder in it."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from configs.errors import InputError

_QUERY = re.compile(r"\?[\w%.-]+=")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_SLIP = re.compile(r"(s3|gs|az):/?(?!/)", re.IGNORECASE)
_LETTERS = r"[a-z0-9]"
# By scheme: names of buckets, what they are called, and how a place is written. Sources:
# docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, cloud.google.com/storage/docs/buckets#naming,
# learn.microsoft.com/en-us/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata.
_BUCKETS = {
    "s3": (re.compile(rf"{_LETTERS}[a-z0-9._-]{{1,61}}{_LETTERS}"), "bucket", "s3://bucket/folder"),
    "gs": (
        re.compile(rf"(?=.{{3,222}}$){_LETTERS}[a-z0-9_-]{{0,62}}(\.[a-z0-9_-]{{1,63}})*(?<={_LETTERS})"),
        "bucket",
        "gs://bucket/folder",
    ),
    "az": (re.compile(rf"(?=.{{3,63}}$){_LETTERS}+(-{_LETTERS}+)*"), "container", "az://container/folder"),
}
PLACES = "s3://bucket/folder, gs://bucket/folder, az://container/folder or a local folder"


@dataclass(frozen=True)
class BucketLocation:
    """folder: without '/' at either end; empty for the whole bucket."""

    scheme: str
    bucket: str
    folder: str

    @property
    def place(self) -> str:
        """The bucket alone: what credentials are for."""
        return f"{self.scheme}://{self.bucket}"

    @property
    def root(self) -> str:
        """What every key of the folder begins with in its bucket: the folder and '/', or nothing."""
        return f"{self.folder}/" if self.folder else ""

    def below(self, key: str) -> "BucketLocation":
        """The folder of this key in it."""
        return replace(self, folder=f"{self.folder}/{key}".strip("/"))

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}/{self.folder}".rstrip("/")


def absolute_place(option: str, text: str) -> str:
    """The place in a bucket, or the local folder as an absolute path. Raises InputError for what is neither."""
    if place := bucket_location(option, text):
        return str(place)
    try:
        return str(Path(text).expanduser().absolute())
    except RuntimeError:  # HOME is not set, or there is no such user
        raise InputError(f"{option}={text}: the home folder is not known; give the path without '~'") from None


def bucket_location(option: str, text: str) -> BucketLocation | None:
    """The place in a bucket that `text` names; None where it is a local path.

    option: whose value it is, for messages. Raises InputError for a URL that names no such place. Never repeats a URL
    that may hold a password.
    """
    scheme = _SCHEME.match(text)
    if not scheme:
        if slip := _SLIP.match(text):
            raise InputError(f"{option}: {slip[1]}:/ lacks a slash; write {_BUCKETS[slip[1].lower()][2]}")
        return None
    kind, rest = scheme[1].lower(), text[scheme.end() :]
    if kind in ("abfs", "abfss"):
        raise InputError(
            f"{option}: {kind}:// is not read; write az://container/folder, and name the account in the credentials "
            "(AZURE_STORAGE_ACCOUNT_NAME)"
        )
    if "@" in rest.partition("/")[0]:
        raise InputError(f"{option}: a URL must not hold credentials; set them in the environment, or in the dataset")
    if _QUERY.search(rest):
        raise InputError(f"{option}: a place has no query, which may hold a signature; give the folder alone: {PLACES}")
    if kind not in _BUCKETS:
        raise InputError(f"{option}={text}: {kind}:// is no place for data; use {PLACES}")
    names, what, example = _BUCKETS[kind]
    bucket, _, folder = rest.partition("/")
    if not names.fullmatch(bucket):
        raise InputError(f"{option}={text}: {bucket!r} is no name of a {what}; write {example}")
    parts = folder.rstrip("/").split("/")
    if folder.rstrip("/") and any(part in ("", ".", "..") for part in parts):
        raise InputError(f"{option}={text}: the folder must have no empty part, '.' or '..'; write {example}")
    return BucketLocation(kind, bucket, folder.strip("/"))
