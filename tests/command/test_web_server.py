from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, job
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from resources.run import FOLDER_TAG
from selection_assets.command.web_server import main, report_file, with_reports
from tests.resources.stores.s3_servers import boto3_client, environment, moto

REPLACED = "create_app_from_workspace_process_context"
SERVED = ("report.pdf", "report.html", "plots/umap.png", "plots/a_b-1.png")
NOT_SERVED = (
    "report.json", "log.txt", "config/config.yaml", "plots/umap.svg", "plots/sub/x.png", "plots/../report.pdf", "",
    "../report.pdf", "plots/../../secret.png", "report.pdf/", "/report.pdf", "report.pdf\n", "plots/ä.png",
)  # fmt: skip


@job
def idle() -> None: ...


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder that holds every one of these files."""
    made = tmp_path / "out" / "run"
    for name in (*SERVED, *NOT_SERVED[:5]):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name, encoding="utf-8")
    for outside in ("report.pdf", "secret.png"):
        (tmp_path / "out" / outside).write_text("outside", encoding="utf-8")
    return made


@pytest.fixture
def run_id(instance: DagsterInstance, folder: Path) -> str:
    return instance.create_run_for_job(idle, tags={FOLDER_TAG: str(folder)}).run_id


def test_only_reports_and_plots_are_served(instance: DagsterInstance, run_id: str, folder: Path) -> None:
    assert [report_file(instance, run_id, name) for name in SERVED] == [folder / name for name in SERVED]
    assert [name for name in NOT_SERVED if report_file(instance, run_id, name)] == []


def test_what_is_not_there_or_leads_elsewhere(instance: DagsterInstance, run_id: str, folder: Path) -> None:
    (folder / "report.pdf").unlink()
    assert report_file(instance, run_id, "report.pdf") is None
    (folder / "report.pdf").symlink_to(folder.parent / "report.pdf")
    assert report_file(instance, run_id, "report.pdf") is None
    (folder / "report.html").unlink()
    (folder / "report.html").mkdir()
    assert report_file(instance, run_id, "report.html") is None
    assert report_file(instance, "no run", "plots/umap.png") is None
    without_folder = instance.create_run_for_job(idle).run_id
    assert report_file(instance, without_folder, "report.pdf") is None


def test_answers(instance: DagsterInstance, run_id: str) -> None:
    async def page(_: Any) -> PlainTextResponse:
        return PlainTextResponse("a page of Dagster")

    client = TestClient(with_reports(Starlette(routes=[Route("/{path:path}", page)] * 2), instance))
    html = client.get(f"/winnow/{run_id}/report.html")
    assert (html.status_code, html.text) == (200, "report.html")
    assert html.headers["content-security-policy"] == "sandbox allow-scripts allow-popups"
    assert html.headers["x-content-type-options"] == "nosniff"
    assert html.headers["cache-control"] == "no-store"
    pdf = client.get(f"/winnow/{run_id}/report.pdf")
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert pdf.headers["content-disposition"] == 'inline; filename="report.pdf"'
    assert "content-security-policy" not in pdf.headers
    gone = client.get(f"/winnow/{run_id}/report.json")
    assert (gone.status_code, gone.text) == (404, "There is no such file of a run; perhaps its folder was moved.")
    assert client.get("/runs").text == "a page of Dagster"


def test_the_name_that_is_replaced_is_what_dagster_calls(
    instance: DagsterInstance, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = import_module("dagster_webserver.cli")
    assert REPLACED in cli.host_dagster_ui_with_workspace_process_context.__code__.co_names
    monkeypatch.setattr(cli, REPLACED, lambda context, *_, **__: Starlette())
    made: list[Starlette] = []
    monkeypatch.setattr(cli, "main", lambda: made.append(getattr(cli, REPLACED)(Context(instance), "")))
    main()
    assert TestClient(made[0]).get(f"/winnow/{run_id}/report.html").text == "report.html"


class Context:
    def __init__(self, instance: DagsterInstance) -> None:
        self.instance = instance


def test_a_report_in_a_bucket(instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with moto() as url:
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)
        boto3_client(url).create_bucket(Bucket="results")
        for key in ("run/report.pdf", "run/log.txt"):
            boto3_client(url).put_object(Bucket="results", Key=key, Body=key.encode())
        of_bucket = instance.create_run_for_job(idle, tags={FOLDER_TAG: "s3://results/run"}).run_id
        found = report_file(instance, of_bucket, "report.pdf")
        assert found is not None and found.read_bytes() == b"run/report.pdf"
        assert [report_file(instance, of_bucket, name) for name in ("log.txt", "report.html")] == [None, None]
        gone = instance.create_run_for_job(idle, tags={FOLDER_TAG: "s3://none/run"}).run_id
        assert report_file(instance, gone, "report.pdf") is None
