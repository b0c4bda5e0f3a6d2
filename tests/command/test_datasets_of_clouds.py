"""`winnow datasets` with buckets of Google and containers of Azure: credentials from each door, and what is missing."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from configs.credentials.azure import AzureCredentials
from resources.catalog.datasets import credentials_for
from selection_assets.command import dataset_request
from selection_assets.command.main import main
from tests.resources.stores import azure_server
from tests.resources.stores.azure_server import azurite, create_container, put_blob, sas
from tests.resources.stores.gcs_server import FakeGCS, fake_gcs
from tests.resources.stores.gcs_signatures import UNKNOWN, service_account

Datasets = Callable[..., tuple[int, str, str]]
FOLDER_IS_FINE = "LIGHTLY  list   ok\nLIGHTLY  read   ok\nLIGHTLY  write  ok\n"


@pytest.fixture
def winnow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Datasets:
    """Exit code, standard output and error of `winnow datasets …`, with a state folder of its own."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_SAS_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["datasets", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def google() -> Iterator[FakeGCS]:
    with fake_gcs() as gcs:
        gcs.rights.update({"nolist": {"get"}, "noread": {"list"}})
        gcs.buckets["pictures"] = {}
        gcs.put("pictures", "cats/a.jpg", b"x")
        yield gcs


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with azurite(tmp_path_factory.mktemp("azurite")) as url:
        create_container(url, "pictures")
        put_blob(url, "pictures", "cats/a.jpg", b"x")
        yield url


def where(tmp_path: Path, place: str, credentials: str) -> tuple[str, ...]:
    (tmp_path / "lightly").mkdir(exist_ok=True)
    return (
        *("add", "cats", "--input", place, "--lightly", str(tmp_path / "lightly")),
        *("--input-credentials", credentials, "stopping_condition.n_samples=3"),
    )


def written(tmp_path: Path, given: dict[str, Any]) -> str:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    return str(file)


def test_a_bucket_of_google(winnow: Datasets, google: FakeGCS, tmp_path: Path) -> None:
    key = service_account(google.url)
    assert winnow(*where(tmp_path, "gs://pictures/cats", written(tmp_path, key)))[0] == 0
    code, said, _ = winnow("show", "cats")
    who = f"service account reader@winnow.iam.gserviceaccount.com at {google.url}"
    assert f"credentials   INPUT, for gs://pictures: {who}\n" in said
    assert key["private_key"][40:80] not in said and code == 0
    assert winnow("test", "cats") == (0, f"INPUT    list   ok\nINPUT    read   ok\n{FOLDER_IS_FINE}", "")
    for name, answer in {
        "nolist": "INPUT    list   gs://pictures/cats: access denied; allow storage.objects.list and storage.obj",
        "noread": "INPUT    list   ok\nINPUT    read   a.jpg: [Errno 13] access denied (storage.objects.get)\n",
    }.items():
        file = written(tmp_path, service_account(google.url, name))
        assert winnow("edit", "cats", "--input-credentials", file)[0] == 0
        code, said, _ = winnow("test", "cats")
        assert code == 2 and said.startswith(answer)
    file = written(tmp_path, service_account(google.url, key=UNKNOWN))
    assert winnow("edit", "cats", "--input-credentials", file)[0] == 0
    assert "the key of the service account is not valid there; check private_key" in winnow("test", "cats")[1]


def test_a_container_of_azure(winnow: Datasets, azure: str, tmp_path: Path) -> None:
    def given(token: str) -> str:
        about = {"account_name": azure_server.ACCOUNT, "endpoint_url": azure, "allow_http": True}
        return written(tmp_path, {**about, "sas_token": token})

    assert winnow(*where(tmp_path, "az://pictures/cats", given(sas("pictures"))))[0] == 0
    code, said, _ = winnow("show", "cats")
    assert f"credentials   INPUT, for az://pictures: SAS token of account {azure_server.ACCOUNT} at {azure}\n" in said
    assert "sig=" not in said and code == 0
    assert winnow("test", "cats") == (0, f"INPUT    list   ok\nINPUT    read   ok\n{FOLDER_IS_FINE}", "")
    for token, answer in {
        sas("pictures", "r"): "INPUT    list   az://pictures/cats: the SAS token does not permit it; give it the permi",
        sas(
            "pictures", "l"
        ): "INPUT    list   ok\nINPUT    read   a.jpg: [Errno 13] access denied (permission Read (r)",
        sas(
            "pictures", hours=-1
        ): "INPUT    list   az://pictures/cats: the SAS token has expired; set sas_token in the",
        sas("other"): "INPUT    list   az://pictures/cats: the SAS token is not valid there; check sas_token in the da",
    }.items():
        assert winnow("edit", "cats", "--input-credentials", given(token))[0] == 0
        code, said, _ = winnow("test", "cats")
        assert code == 2 and said.startswith(answer)


def test_the_key_of_the_environment(
    winnow: Datasets, google: FakeGCS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, said = winnow(*where(tmp_path, "gs://pictures/cats", "env"))
    assert code == 2
    assert said.startswith("winnow: error: --input-credentials env: there is no key of a service account (client_email")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", written(tmp_path, service_account(google.url)))
    assert winnow(*where(tmp_path, "gs://pictures/cats", "env"))[0] == 0
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    assert winnow("test", "cats")[0] == 0


def test_a_token_that_is_asked_for(winnow: Datasets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: str, hidden: bool) -> str:
        asked.append(f"{question}{'(hidden)' if hidden else ''}")
        return {"account_name: ": "pictures1", "sas_token: ": "sp=rl&sig=s"}.get(question, "")

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: answer(question, False))
    monkeypatch.setattr(dataset_request, "getpass", lambda question: answer(question, True))
    assert winnow(*where(tmp_path, "az://pictures/cats", "-"))[0] == 0
    assert asked == ["account_name: ", "sas_token: (hidden)", "endpoint_url: "]
    found = credentials_for("cats", "INPUT", "az://pictures")
    assert isinstance(found, AzureCredentials) and found.sas_token.get_secret_value() == "sp=rl&sig=s"


def test_credentials_of_another_kind(winnow: Datasets, google: FakeGCS, tmp_path: Path) -> None:
    file = written(tmp_path, service_account(google.url))
    code, said, error = winnow(*where(tmp_path, "az://pictures/cats", file))
    message = (
        "these are credentials of a service account of Google Cloud, and the place is in Azure; give those of Azure"
    )
    assert (code, said, error) == (2, "", f"winnow: error: --input-credentials {file}: {message}\n")
