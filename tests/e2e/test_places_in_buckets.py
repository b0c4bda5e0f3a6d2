"""Input, shared files, datapool and results in three buckets: the same files as of local folders."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import SMALL_MODEL, Winnow
from tests.resources.stores.s3_servers import KEYS, boto3_client, environment, moto

OPTIONS = (*SMALL_MODEL, "dump_dataset=True", "lightly.loader.num_workers=1", "datapool.name=pool")
RELEVANT = ".lightly/relevant.txt"
OF_THE_RUN = ("log.txt", "memlog.txt", "config/", "report.", "plots/")  # they hold places, times, or pictures of these


@pytest.fixture(scope="module")
def server(pictures: Path) -> Iterator[str]:
    with moto() as url:
        client = boto3_client(url)
        for bucket in ("pictures", "shared", "results"):
            client.create_bucket(Bucket=bucket)
        for path in pictures.rglob("*"):
            if path.is_file():
                key = f"in/{path.relative_to(pictures).as_posix()}"
                client.put_object(Bucket="pictures", Key=key, Body=path.read_bytes())
        client.put_object(Bucket="shared", Key=f"lightly/{RELEVANT}", Body=b"round/*\nsquare/*\n")
        yield url


def objects(server: str, bucket: str, folder: str) -> dict[str, bytes]:
    client: Any = boto3_client(server)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{folder}/")
    keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
    return {key.removeprefix(f"{folder}/"): client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def same_everywhere(found: dict[str, bytes]) -> dict[str, bytes]:
    return {key: data for key, data in found.items() if not key.startswith(OF_THE_RUN) and key != "pool/.lock"}


def test_a_run_in_buckets_is_that_in_folders(winnow: Winnow, pictures: Path, server: str, tmp_path: Path) -> None:
    """Twice, with a datapool: the second run adds to what the first one made."""
    shared = tmp_path / "shared"
    (shared / ".lightly").mkdir(parents=True)
    (shared / RELEVANT).write_bytes(b"round/*\nsquare/*\n")
    home = tmp_path / "home"
    for name in ("first", "second"):
        options = (
            *OPTIONS, "stopping_condition.n_samples=5", f"run_directory={name}",
            f"relevant_filenames_file={RELEVANT}",
        )  # fmt: skip
        local = winnow("run", f"input_dir={pictures}", f"shared_dir={shared}", f"output_dir={tmp_path}/out", *options)
        assert local.returncode == 0, local.stderr
        remote = winnow(
            *("run", "input_dir=s3://pictures/in", "shared_dir=s3://shared/lightly", "output_dir=s3://results/out/"),
            *options,
            **environment(server),
            DAGSTER_HOME=str(home),
        )
        assert remote.returncode == 0, remote.stderr + remote.stdout
        assert remote.stdout.splitlines()[-1] == f"s3://results/out/{name}"
        assert f"Report:       s3://results/out/{name}/report.pdf" in remote.stdout
        results, expected = objects(server, "results", f"out/{name}"), files(tmp_path / "out" / name)
        assert results.keys() == expected.keys()
        assert len(same_everywhere(results)) > 15
        assert same_everywhere(results) == same_everywhere(expected)
        assert f"Run folder: s3://results/out/{name}\n".encode() in results["log.txt"]
        assert f"dir: s3://results/out/{name}\n".encode() in results["config/hydra.yaml"]
        assert not list((home / "runs").iterdir())
        pool, of_folder = objects(server, "shared", "lightly"), files(shared)
        assert same_everywhere(pool).keys() == same_everywhere(of_folder).keys()
        csv = "pool/datapool_latest.csv"
        assert pool[csv] == of_folder[csv] and len(pool[csv].splitlines()) > 2
    history = "pool/history/datapool_000001.csv"
    assert pool[history] == of_folder[history] != pool[csv]
    secret = KEYS["AWS_SECRET_ACCESS_KEY"].encode()
    assert not [key for key, data in results.items() if secret in data]
    assert not [path for path in home.rglob("*") if path.is_file() and secret in path.read_bytes()]


def test_results_below_the_input_are_no_inputs(winnow: Winnow, server: str, tmp_path: Path) -> None:
    client = boto3_client(server)
    for name in ("a", "b", "c"):
        body = objects(server, "pictures", "in")["round/001.jpg"] + name.encode()
        client.put_object(Bucket="pictures", Key=f"own/{name}.jpg", Body=body)
    for _ in range(2):
        done = winnow(
            *("run", "input_dir=s3://pictures/own", "output_dir=s3://pictures/own/runs", "dump_dataset=True"),
            *("stopping_condition.n_samples=2", "enable_corruptness_check=False", *SMALL_MODEL),
            **environment(server),
            DAGSTER_HOME=str(tmp_path),
        )
        assert done.returncode == 0, done.stderr
        assert "Found 3 input images" in done.stdout
        place = done.stdout.splitlines()[-1]
        assert re.fullmatch(r"s3://pictures/own/runs/\d{4}-\d\d-\d\d/\d\d:\d\d:\d\d", place)
    assert "The output folder runs lies in s3://pictures/own and is passed over." in done.stdout


def test_a_taken_folder_and_one_that_is_gone_on_with(winnow: Winnow, server: str, tmp_path: Path) -> None:
    def run(*tokens: str, run_directory: str = "named") -> tuple[int, str]:
        done = winnow(
            *("run", "input_dir=s3://pictures/in", "output_dir=s3://results/taken", f"run_directory={run_directory}"),
            *("dataset=d", *SMALL_MODEL, *tokens),
            **environment(server),
            DAGSTER_HOME=str(tmp_path),
        )
        return done.returncode, done.stderr

    failed = run("datapool.name=none", "shared_dir=s3://shared/none", "embeddings=no.csv")
    assert failed[0] == 2 and "embeddings=no.csv: there is no such file in shared_dir=s3://shared/none" in failed[1]
    assert objects(server, "results", "taken") == {}  # what shows beforehand leaves nothing
    code, error = run("stopping_condition.min_distance=0.1", "corruptness_check.max_file_bytes=10")
    assert code == 2 and error.count("\n") == 1
    left = objects(server, "results", "taken/named")
    assert error.removeprefix("winnow: error: ").strip().encode() in left["log.txt"]
    assert {"config/config.yaml", "config/hydra.yaml", "config/overrides.yaml", "memlog.txt"} <= left.keys()
    assert not list((tmp_path / "runs").iterdir())
    assert run("stopping_condition.n_samples=3") == (0, "")
    found = objects(server, "results", "taken/named")
    assert found["log.txt"].startswith(left["log.txt"]) and "report.json" in found
    code, error = run("stopping_condition.n_samples=3")
    assert code == 2
    assert error.startswith("winnow: error: run_directory=named: s3://results/taken/named exists and is not empty; ")
    code, error = run("stopping_condition.n_samples=3", run_directory="named/below")
    assert "s3://results/taken/named is the folder of another run; choose another name" in error


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("output_dir=s3://none/x", "output_dir=s3://none/x: s3://none/x: there is no such bucket; check its name"),
        ("shared_dir=s3://none/x", "s3://none/x: there is no such bucket; check its name"),
        ("checkpoint=gone.ckpt", "checkpoint=gone.ckpt: there is no such file in shared_dir=s3://shared/lightly; copy"),
    ],
)
def test_what_a_user_can_mend(winnow: Winnow, server: str, tmp_path: Path, option: str, message: str) -> None:
    places = ("input_dir=s3://pictures/in", "shared_dir=s3://shared/lightly", "output_dir=s3://results/not")
    done = winnow("run", *places, option, **environment(server), DAGSTER_HOME=str(tmp_path))
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert objects(server, "results", "not") == {}
