"""A bucket that deletes files by a rule: what the command says, what it leaves out, and what it takes later."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import SMALL_MODEL, Winnow
from tests.resources.stores.s3_servers import boto3_client, environment, moto

KEY = "datasource.input_expiration"
OPTIONS = (*SMALL_MODEL, "stopping_condition.n_samples=1.0")


@pytest.fixture(scope="module")
def server(pictures: Path) -> Iterator[str]:
    """What lies in round/ goes a day after it came."""
    with moto() as url:
        client = boto3_client(url)
        client.create_bucket(Bucket="pictures")
        for path in sorted(pictures.rglob("*.*")):
            client.put_object(Bucket="pictures", Key=f"cats/{path.relative_to(pictures)}", Body=path.read_bytes())
        rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "cats/round/"}, "Expiration": {"Days": 1}}
        client.put_bucket_lifecycle_configuration(Bucket="pictures", LifecycleConfiguration={"Rules": [rule]})
        yield url


def labels(folder: str) -> set[str]:
    """The folders from which something was selected."""
    names = Path(folder, "filenames", "sampled_filenames.txt").read_text(encoding="utf-8").splitlines()
    return {name.partition("/")[0] for name in names}


def test_a_command(winnow: Winnow, server: str, tmp_path: Path) -> None:
    def run(*more: str) -> tuple[int, str, str]:
        tokens = ("input_dir=s3://pictures/cats", f"output_dir={tmp_path / 'out'}", *OPTIONS, *more)
        done = winnow("run", *tokens, **environment(server), DAGSTER_HOME=str(tmp_path / "home"))
        return done.returncode, done.stdout, done.stderr

    days, strategy = f"{KEY}.min_days_to_expiration=3", f"{KEY}.handling_strategy"
    for tokens, line in {
        (): "s3://pictures/cats deletes 15 of these 29 files by rules of the bucket (round/001.jpg on ",
        (days,): f"{days} does not say what happens then; add {strategy}=SKIP or ABORT",
        (
            days,
            f"{strategy}=ABORT",
        ): "15 of 29 files will be deleted from s3://pictures/cats in less than 3 days (round",
        (days, f"{strategy}=KEEP"): f"{strategy}=KEEP: must be one of SKIP, ABORT",
    }.items():
        code, _, told = run(*tokens)
        assert (code, told.count("\n")) == (2, 1) and line in told, told
    code, said, told = run(days, f"{strategy}=SKIP", "datasource.use_redirected_read_url=True")
    assert code == 0, told
    assert "datasource.use_redirected_read_url=True: both values do the same." in said + told
    folder = said.splitlines()[-1]
    assert labels(folder) == {"square"}
    report = json.loads(Path(folder, "report.json").read_text(encoding="utf-8"))
    assert report["counts"]["input"] == 14
    assert "15 of 29 files will be deleted from s3://pictures/cats in less than 3 days" in json.dumps(report)


def test_a_dataset_with_an_old_worker_config(winnow: Winnow, server: str, tmp_path: Path) -> None:
    expiration = {"min_days_to_expiration": 3, "handling_strategy": "SKIP"}
    settings = {"worker_config": {"datasource": {"input_expiration": expiration}}}
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    (tmp_path / "lightly").mkdir()
    home = {"DAGSTER_HOME": str(tmp_path / "home"), **environment(server)}
    added = winnow(
        *("datasets", "add", "cats", "--input", "s3://pictures/cats", "--lightly", str(tmp_path / "lightly")),
        *("--settings", str(tmp_path / "settings.json"), *OPTIONS),
        **home,
    )
    assert added.returncode == 0, added.stderr

    def run() -> str:
        done = winnow("run", "dataset=cats", **home)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1]

    assert labels(run()) == {"square"}
    assert run() == "Nothing was done."
    boto3_client(server).delete_bucket_lifecycle(Bucket="pictures")
    assert labels(run()) == {"round"}
