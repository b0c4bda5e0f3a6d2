"""Pictures in a bucket, on a server that checks signatures: the same run as on a local folder."""

import filecmp
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import SMALL_MODEL, Winnow
from tests.resources.stores.s3_servers import KEYS, environment, rclone

OPTIONS = (*SMALL_MODEL, "stopping_condition.n_samples=0.3", "dump_dataset=True", "lightly.loader.num_workers=1")


@pytest.fixture(scope="module")
def bucket(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the server; the pictures lie in s3://pictures/some folder."""
    served = tmp_path_factory.mktemp("served")
    shutil.copytree(pictures, served / "pictures" / "some folder")
    with rclone(served) as url:
        yield url


def test_a_run_on_a_bucket_is_that_on_a_folder(
    winnow: Winnow, pictures: Path, bucket: str, tmp_path: Path, home: Path
) -> None:
    local = winnow("run", f"input_dir={pictures}", f"output_dir={tmp_path}", "run_directory=local", *OPTIONS)
    assert local.returncode == 0, local.stderr
    remote = winnow(
        "run", "input_dir=s3://pictures/some folder/", f"output_dir={tmp_path}", "run_directory=remote", *OPTIONS,
        **environment(bucket), DAGSTER_HOME=str(tmp_path / "home"),  # nothing is remembered there
    )  # fmt: skip
    assert remote.returncode == 0, remote.stderr
    files = [
        str(path.relative_to(tmp_path / "local"))
        for folder in ("filenames", "data")
        for path in (tmp_path / "local" / folder).rglob("*")
        if path.is_file()
    ]
    assert len(files) > 15
    same, *others = filecmp.cmpfiles(tmp_path / "local", tmp_path / "remote", files, shallow=False)
    assert (sorted(same), others) == (sorted(files), [[], []])
    secret = KEYS["AWS_SECRET_ACCESS_KEY"].encode()
    written = [path for place in ("remote", "home") for path in (tmp_path / place).rglob("*") if path.is_file()]
    assert not [path for path in written if secret in path.read_bytes()]


@pytest.mark.parametrize(
    ("place", "changed", "message"),
    [
        ("s3://none/x", {}, "s3://none/x: there is no such bucket; check its name, and AWS_ENDPOINT_URL"),
        (
            "s3://pictures/some folder",
            {"AWS_SECRET_ACCESS_KEY": "x"},
            "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
        (
            "s3://pictures/some folder",
            {"AWS_ALLOW_HTTP": ""},
            "is not encrypted; use https://, or set AWS_ALLOW_HTTP=true",
        ),
        ("s3://pictures/nothing here", {}, "no pictures found in s3://pictures/nothing here"),
        ("gs://pictures/x", {}, "gs://pictures/x: there are no credentials; set GOOGLE_APPLICATION_CREDENTIALS to the"),
        (
            "az://pictures/x",
            {},
            "az://pictures/x: there are no credentials; set AZURE_STORAGE_ACCOUNT_NAME and AZURE_S",
        ),
    ],
)
def test_what_a_user_can_mend(
    winnow: Winnow, bucket: str, tmp_path: Path, place: str, changed: dict[str, str], message: str
) -> None:
    done = winnow("run", f"input_dir={place}", f"output_dir={tmp_path / 'out'}", **environment(bucket, **changed))
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
