import pytest

from configs.errors import InputError
from resources.stores.location import BucketLocation, bucket_location


@pytest.mark.parametrize("path", ["pictures", "/data/pictures", "~/p", "a:b", "s3x:/bucket/x", "C:\\x", ""])
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
        ("gs://bucket_1/a/b/", "bucket_1", "a/b"),
        (f"gs://{'a' * 63}.{'b' * 63}.com", f"{'a' * 63}.{'b' * 63}.com", ""),
        ("az://my-container/a b/", "my-container", "a b"),
        ("AZ://123", "123", ""),
    ],
)
def test_places_in_buckets(url: str, bucket: str, folder: str) -> None:
    found = bucket_location("input_dir", url)
    scheme = url.partition(":")[0].lower()
    assert found == BucketLocation(scheme, bucket, folder)
    assert str(found) == f"{scheme}://{bucket}/{folder}".rstrip("/")
    assert found.place == f"{scheme}://{bucket}"


PLACES = "use s3://bucket/folder, gs://bucket/folder, az://container/folder or a local folder"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://", "'' is no name of a bucket; write s3://bucket/folder"),
        ("s3:///folder", "'' is no name of a bucket"),
        ("s3://Bucket/x", "'Bucket' is no name of a bucket"),
        ("s3://ab/x", "'ab' is no name of a bucket"),
        ("s3://bucket/../x", "the folder must have no empty part, '.' or '..'"),
        ("s3://bucket/a//b", "the folder must have no empty part"),
        ("s3://bucket//x", "the folder must have no empty part"),
        ("gs://Bucket/x", "'Bucket' is no name of a bucket; write gs://bucket/folder"),
        (f"gs://{'a' * 64}", f"'{'a' * 64}' is no name of a bucket"),
        ("gs://ab", "'ab' is no name of a bucket"),
        ("gs://bucket-/x", "'bucket-' is no name of a bucket"),
        ("gs://bucket/./x", "the folder must have no empty part, '.' or '..'; write gs://bucket/folder"),
        ("az://my_container/x", "'my_container' is no name of a container; write az://container/folder"),
        ("az://my--container", "'my--container' is no name of a container"),
        ("az://container-", "'container-' is no name of a container"),
        ("az://ab", "'ab' is no name of a container"),
        (f"az://{'a' * 64}", f"'{'a' * 64}' is no name of a container"),
        ("ftp://host/x", f"ftp:// is no place for data; {PLACES}"),
        ("file:///data", "file:// is no place for data"),
    ],
)
def test_what_is_no_place(url: str, message: str) -> None:
    with pytest.raises(InputError) as told:
        bucket_location("input_dir", url)
    assert str(told.value).startswith(f"input_dir={url}: {message}")


@pytest.mark.parametrize("scheme", ["abfs", "abfss", "ABFSS"])
def test_other_urls_of_azure(scheme: str) -> None:
    with pytest.raises(InputError) as told:
        bucket_location("input_dir", f"{scheme}://container@account.dfs.core.windows.net/folder")
    assert str(told.value) == (
        f"input_dir: {scheme.lower()}:// is not read; write az://container/folder, and name the account in the "
        "credentials (AZURE_STORAGE_ACCOUNT_NAME)"
    )


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(InputError, match="a URL must not hold credentials") as told:
        bucket_location("input_dir", "s3://AKIA:topsecret@bucket/x")
    assert "topsecret" not in str(told.value)


@pytest.mark.parametrize("url", ["s3:/bucket/x", "gs:bucket", "AZ:/c/x"])
def test_a_slash_too_few(url: str) -> None:
    """No folder is called so: it would be made, and the bucket would stay as it is."""
    with pytest.raises(InputError, match=r"^input_dir: \w\w:/ lacks a slash; write \w\w://"):
        bucket_location("input_dir", url)


@pytest.mark.parametrize(
    "url",
    [
        "az://container/folder?sv=2022-11-02&sig=topsecret",
        "https://account.blob.core.windows.net/container/x?sp=r&sig=topsecret",
        "s3://bucket/x?X-Amz-Signature=topsecret",
    ],
)
def test_a_signature_is_not_repeated(url: str) -> None:
    with pytest.raises(InputError, match=r"^input_dir: a place has no query, which may hold a signature") as told:
        bucket_location("input_dir", url)
    assert "topsecret" not in str(told.value)
