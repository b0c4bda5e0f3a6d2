"""docs/moving.md as a user follows it, with the public client and `winnow serve`; and the requests of old clients."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import requests
from PIL import Image

from tests.e2e.conftest import WINNOW, draw_pictures
from tests.e2e.test_ui_process import ui
from tests.resources.stores.s3_servers import KEYS, boto3_client, moto

SCRIPT = Path(__file__).with_name("moving_script.py")
PAGE = Path(__file__).parents[2] / "docs" / "moving.md"
BUCKET = "s3://pictures"
KEY, SECRET = KEYS.values()
DATASOURCES = {
    "keys": f"""
for purpose, folder in (("INPUT", "pictures"), ("LIGHTLY", "lightly")):
    client.set_s3_config(f"{BUCKET}/cats/{{folder}}", "us-east-1", "{KEY}", "{SECRET}", purpose=purpose)
""",
    "role": f"""
role = ("us-east-1", "arn:aws:iam::123456789012:role/winnow", "external-id-1")
for purpose, folder in (("INPUT", "pictures"), ("LIGHTLY", "lightly")):
    client.set_s3_delegated_access_config(f"{BUCKET}/cats/{{folder}}", *role, purpose=purpose)
""",
}
PUT = f"""
import boto3, pathlib, sys
client = boto3.client("s3", endpoint_url=sys.argv[1], aws_access_key_id="{KEY}", aws_secret_access_key="{SECRET}",
                      region_name="us-east-1")
for file in pathlib.Path(sys.argv[2]).rglob("*.*"):
    client.upload_file(str(file), "pictures", "cats/pictures/" + file.relative_to(sys.argv[2]).as_posix())
"""


@dataclass(frozen=True)
class Place:
    """datasources, more: see `moving_script`. files: what lies in a folder below `cats`."""

    variables: Mapping[str, str]
    datasources: str
    more: list[str]
    files: Callable[[str], dict[str, bytes]]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    draw_pictures(tmp_path / "root" / "cats" / "pictures")
    (tmp_path / "root" / "cats" / "lightly").mkdir()
    draw_pictures(tmp_path / "more", 40)
    for path in (tmp_path / "root" / "cats" / "pictures").rglob("*.*"):
        (tmp_path / "more" / path.relative_to(tmp_path / "root" / "cats" / "pictures")).unlink()
    return tmp_path / "root"


@pytest.fixture(params=["folder", "keys", "role"])
def place(request: pytest.FixtureRequest, pictures: Path) -> Iterator[Place]:
    more = pictures.with_name("more")
    if request.param == "folder":
        roots = {"WINNOW_LOCAL_ROOTS": str(pictures)}
        copy = ["cp", "-r", f"{more}/.", str(pictures / "cats" / "pictures")]
        yield Place(roots, "", copy, lambda folder: _contents(pictures / "cats" / folder))
        return
    with moto() as url:
        boto3_client(url).create_bucket(Bucket="pictures")
        put = [sys.executable, "-c", PUT, url]
        subprocess.run([*put, pictures / "cats" / "pictures"], check=True)
        variables = {"AWS_ENDPOINT_URL": url, "AWS_ALLOW_HTTP": "true"} | (KEYS if request.param == "role" else {})
        found = Place(variables, DATASOURCES[request.param], [*put, str(more)], lambda folder: _objects(url, folder))
        yield found


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _objects(url: str, folder: str) -> dict[str, bytes]:
    client, prefix = boto3_client(url), f"cats/{folder}/"
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="pictures", Prefix=prefix)
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return {
        key.removeprefix(prefix): client.get_object(Bucket="pictures", Key=key)["Body"].read()
        for key in keys
        if not key.endswith("/")
    }


@contextmanager
def served(home: Path, variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """`winnow serve`: address of the API, and a token."""
    for name in (*KEYS, "AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP", "WINNOW_LOCAL_ROOTS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    for command in (["user", "add", "ann@example.com"], ["token", "create", "ann@example.com"]):
        told = subprocess.run([WINNOW, *command], capture_output=True, text=True, check=True, env=environment)
    with ui(home, "serve", "--port", "0", "--ui-port", "0") as (_, output, _):
        found = re.search(r"API for scripts: +(\S+)", output.read_text(encoding="utf-8"))
        assert found is not None
        yield found[1], told.stdout.splitlines()[-1]


def test_the_page_as_it_stands(tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path / "home", place.variables, monkeypatch) as (address, token):
        script = subprocess.run(
            [sys.executable, SCRIPT, PAGE, json.dumps({"datasources": place.datasources, "more": place.more})],
            cwd=tmp_path,
            env={**os.environ, "LIGHTLY_SERVER_LOCATION": address, "LIGHTLY_TOKEN": token, "CUDA_VISIBLE_DEVICES": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        logs = "".join((tmp_path / "home" / name).read_text(encoding="utf-8") for name in ("api.log", "ui.log"))
        assert script.returncode == 0, f"{script.stdout[-3000:]}{script.stderr[-5000:]}{logs[-6000:]}"
        assert token not in logs
        told = re.findall(r"state '(\w+)'", script.stdout)
        assert told[-1] == "COMPLETED" and set(told) <= STATES
        _check_first_run(tmp_path / "my_run", place)
        _check_dataset(address, token)


STATES = {
    "OPEN", "STARTED", "LOADING_DATASET", "CHECKING_CORRUPTNESS", "TRAINING", "EMBEDDING", "SAMPLING", "SAVING_RESULTS",
    "GENERATING_REPORT", "UPLOADING_DATASET", "COMPLETED",
}  # fmt: skip
ARTIFACTS = {"log.txt", "memlog.txt", "report.pdf", "report.json", "corruptness_check_information.json"}


def _check_first_run(fetched: Path, place: Place) -> None:
    """Byte for byte what the run wrote."""
    written = place.files("lightly")
    folder = min(name for name in written if name.endswith("/report.pdf")).removesuffix("report.pdf")
    run = {name.removeprefix(folder): data for name, data in written.items() if name.startswith(folder)}
    checkpoint = next(name for name in run if re.fullmatch(r"(.*/)?lightly_epoch_\d+\.ckpt", name))
    artifacts = _contents(fetched / "artifacts")
    assert set(artifacts) == {*ARTIFACTS, Path(checkpoint).name}
    assert artifacts == {name: run[name] for name in ARTIFACTS} | {Path(checkpoint).name: run[checkpoint]}
    single = {"report.pdf": "report.pdf", "log.txt": "log.txt", "memlog.txt": "memlog.txt"}
    single |= {"checkpoint.ckpt": checkpoint, "corrupt.json": "corruptness_check_information.json"}
    for ours, theirs in single.items():
        assert (fetched / ours).read_bytes() == run[theirs], ours
    selected = run["filenames/sampled_filenames.txt"].decode().splitlines()
    assert len(selected) == 10
    assert (fetched / "filenames.txt").read_text(encoding="utf-8").splitlines() == selected
    assert (fetched / "embeddings.csv").read_bytes() == run["data/dataset_embeddings.csv"]
    rows = pl.read_csv(fetched / "embeddings.csv")
    everything = pl.read_csv(run["data/embeddings.csv"])
    assert rows.equals(everything.filter(pl.col("filenames").is_in(selected))) and len(rows) == 10
    originals = place.files("pictures")
    downloaded = _contents(fetched / "pictures")
    assert set(downloaded) <= set(selected) and len(downloaded) >= 9  # a race of the client may lose one
    for name in downloaded:  # which the client decodes, and encodes again
        with Image.open(fetched / "pictures" / name) as ours:
            assert np.abs(np.asarray(ours.convert("RGB")).astype(int) - _pixels(originals[name])).mean() < 5
    assert all(
        f".lightly/thumbnails/{Path(name).with_suffix('')}_thumb{Path(name).suffix}" in written for name in selected
    )


def _pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def _check_dataset(address: str, token: str) -> None:
    """After both runs."""

    def get(path: str) -> list[dict[str, object]]:
        answer = requests.get(f"{address}/v1/{path}", params={"token": token}, timeout=30)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, object]] = answer.json()
        return found

    (dataset,) = get("datasets")
    assert dataset["nSamples"] == 13
    tags = {str(tag["name"]): tag for tag in get(f"datasets/{dataset['id']}/tags")}
    (later,) = (name for name in tags if name.startswith("batch_"))
    assert set(tags) == {"initial-tag", later, "my favourites"}
    assert (tags["initial-tag"]["bitMaskData"], tags[later]["bitMaskData"]) == ("0x3ff", "0x1c00")
    first, second = get("docker/runs")
    assert (first["state"], second["state"]) == ("COMPLETED", "COMPLETED")
    assert [tag["name"] for tag in get(f"docker/runs/{second['id']}/tags")] == [later]
    newest, _ = get(f"datasets/{dataset['id']}/embeddings")
    assert str(newest["name"]).startswith("default_")
