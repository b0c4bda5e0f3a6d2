"""Pictures in a bucket of Google and in a container of Azure: the same run as on a local folder."""

import filecmp
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import SMALL_MODEL, Winnow
from tests.resources.stores import azure_server
from tests.resources.stores.azure_server import azurite, create_container, put_blob, sas
from tests.resources.stores.gcs_server import fake_gcs
from tests.resources.stores.gcs_signatures import service_account

OPTIONS = (*SMALL_MODEL, "stopping_condition.n_samples=0.3", "dump_dataset=True", "lightly.loader.num_workers=1")
Cloud = tuple[dict[str, str], str]  # the environment that opens it, and what must be written nowhere


@contextmanager
def google(pictures: dict[str, bytes], folder: Path) -> Iterator[Cloud]:
    with fake_gcs() as gcs:
        gcs.buckets["pictures"] = {}
        for key, data in pictures.items():
            gcs.put("pictures", key, data)
        key = service_account(gcs.url)
        (folder / "key.json").write_text(json.dumps(key), encoding="utf-8")
        yield {"GOOGLE_APPLICATION_CREDENTIALS": str(folder / "key.json")}, key["private_key"].splitlines()[3]


@contextmanager
def azure(pictures: dict[str, bytes], folder: Path) -> Iterator[Cloud]:
    with azurite(folder) as url:
        create_container(url, "pictures")
        for key, data in pictures.items():
            put_blob(url, "pictures", key, data)
        token = sas("pictures", "rl")
        yield azure_server.environment(url, token), token.partition("sig=")[2]


@pytest.fixture(scope="module")
def local(winnow: Winnow, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("local")
    done = winnow("run", f"input_dir={pictures}", f"output_dir={folder}", "run_directory=local", *OPTIONS)
    assert done.returncode == 0, done.stderr
    return folder / "local"


@pytest.mark.parametrize(("scheme", "cloud"), [("gs", google), ("az", azure)])
def test_a_run_on_a_bucket_is_that_on_a_folder(
    winnow: Winnow, pictures: Path, local: Path, tmp_path: Path, scheme: str, cloud: Callable[..., Iterator[Cloud]]
) -> None:
    (tmp_path / "cloud").mkdir()
    content = {
        f"some folder/{path.relative_to(pictures)}": path.read_bytes() for path in pictures.rglob("*") if path.is_file()
    }
    with cloud({**content, "other/x.jpg": b"x"}, tmp_path / "cloud") as (environment, secret):  # type: ignore[attr-defined]
        done = winnow(
            *("run", f"input_dir={scheme}://pictures/some folder/", f"output_dir={tmp_path}", "run_directory=remote"),
            *OPTIONS,
            **{**environment, "DAGSTER_HOME": str(tmp_path / "home")},  # nothing is remembered there
        )
        assert done.returncode == 0, done.stderr
        wrong = winnow("run", f"input_dir={scheme}://none/x", f"output_dir={tmp_path}", *OPTIONS, **environment)
    files = [
        str(path.relative_to(local)) for part in ("filenames", "data") for path in (local / part).rglob("*")
        if path.is_file()
    ]  # fmt: skip
    assert len(files) > 15
    same, *others = filecmp.cmpfiles(local, tmp_path / "remote", files, shallow=False)
    assert (sorted(same), others) == (sorted(files), [[], []])
    written = [path for place in ("remote", "home") for path in (tmp_path / place).rglob("*") if path.is_file()]
    assert len(written) > 30 and not [path for path in written if secret.encode() in path.read_bytes()]
    fault = {"gs": "there is no such bucket; check its name\n", "az": "the SAS token is not valid there; check AZURE_"}
    assert wrong.returncode == 2
    assert (
        wrong.stderr.startswith(f"winnow: error: {scheme}://none/x: {fault[scheme]}") and wrong.stderr.count("\n") == 1
    )
