"""Where the data of a user lie, as an option names it: a local folder, or a bucket and a folder in it."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from configs.errors import InputError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_BUCKET = re.compile(
    r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]"
)  # docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
NOT_YET = ("gs", "az", "abfs", "abfss")


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
        return None
    kind, rest = scheme[1].lower(), text[scheme.end() :]
    if "@" in rest.partition("/")[0]:
        raise InputError(f"{option}: a URL must not hold credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if kind in NOT_YET:
        raise InputError(f"{option}={text}: {kind}:// is not supported yet; use s3://bucket/folder or a local folder")
    if kind != "s3":
        raise InputError(f"{option}={text}: {kind}:// is no place for data; use s3://bucket/folder or a local folder")
    bucket, _, folder = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise InputError(f"{option}={text}: {bucket!r} is no name of a bucket; write s3://bucket/folder")
    parts = folder.strip("/").split("/")
    if folder.strip("/") and any(part in ("", ".", "..") for part in parts):
        raise InputError(f"{option}={text}: the folder must have no empty part, '.' or '..'; write s3://bucket/folder")
    return BucketLocation(kind, bucket, folder.strip("/"))
