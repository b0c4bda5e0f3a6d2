import pytest

from configs.errors import InputError
from resources.stores.location import BucketLocation, bucket_location


@pytest.mark.parametrize("path", ["pictures", "/data/pictures", "~/p", "a:b", "s3:/bucket/x", "C:\\x", ""])
def test_local_paths(path: str) -> None:
    assert bucket_location("input_dir", path) is None


@pytest.mark.parametrize(
    ("url", "bucket", "folder"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("S3://bucket/a/b/", "bucket", "a/b"),
        ("s3://my.bucket-1/ü b", "my.bucket-1", "ü b"),
        ("s3://abc/50%/a?b#c", "abc", "50%/a?b#c"),
    ],
)
def test_places_in_buckets(url: str, bucket: str, folder: str) -> None:
    found = bucket_location("input_dir", url)
    assert found == BucketLocation("s3", bucket, folder)
    assert str(found) == f"s3://{bucket}/{folder}".rstrip("/")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://", "'' is no name of a bucket; write s3://bucket/folder"),
        ("s3:///folder", "'' is no name of a bucket"),
        ("s3://Bucket/x", "'Bucket' is no name of a bucket"),
        ("s3://ab/x", "'ab' is no name of a bucket"),
        ("s3://bucket/../x", "the folder must have no empty part, '.' or '..'"),
        ("s3://bucket/a//b", "the folder must have no empty part"),
        ("gs://bucket/x", "gs:// is not supported yet; use s3://bucket/folder or a local folder"),
        ("ftp://host/x", "ftp:// is no place for data; use s3://bucket/folder or a local folder"),
        ("file:///data", "file:// is no place for data"),
    ],
)
def test_what_is_no_place(url: str, message: str) -> None:
    with pytest.raises(InputError) as told:
        bucket_location("input_dir", url)
    assert str(told.value).startswith(f"input_dir={url}: {message}")


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(InputError, match="a URL must not hold credentials") as told:
        bucket_location("input_dir", "s3://AKIA:topsecret@bucket/x")
    assert "topsecret" not in str(told.value)
