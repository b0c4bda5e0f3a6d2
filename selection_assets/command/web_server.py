"""Dagster's web server, which also opens the reports: /winnow/<run id>/report.pdf, report.html and plots/*.png.

Dagster's pages show neither file: nor data: links, so a report is a link to the server itself, which works whatever its
address is. Only these files of the folders of known runs are served. An HTML report runs without an origin (CSP
sandbox): what is in it cannot ask Dagster anything.
"""

import importlib
import re
from pathlib import Path
from typing import Any

from dagster import DagsterInstance
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from configs.errors import InputError
from resources.local_copies import COPIES
from resources.output_place import output_store
from resources.run import FOLDER_TAG, PARTITION_TAG
from resources.stores.location import bucket_location

NAME = re.compile(r"report\.(pdf|html)|plots/[A-Za-z0-9_-]+\.png")
HEADERS = {
    "Content-Security-Policy": "sandbox allow-scripts allow-popups",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def report_file(instance: DagsterInstance, run_id: str, name: str) -> Path | None:
    """The file `name` of a run's folder; None where there is none, or it is not one that may be shown."""
    run = instance.get_run_by_id(run_id) if NAME.fullmatch(name) else None
    folder = run.tags.get(FOLDER_TAG) if run else None
    if run is None or not folder:
        return None
    if bucket_location("", folder):
        try:
            return COPIES.path(output_store(folder, run.tags.get(PARTITION_TAG, "")), name)
        except (InputError, OSError):
            return None
    file = (Path(folder) / name).resolve()
    return file if file.is_relative_to(Path(folder).resolve()) and file.is_file() else None


def with_reports(app: Starlette, instance: DagsterInstance) -> Starlette:
    """Adds the reports to the application; before the pages, which answer to any path."""

    async def answer(request: Request) -> Response:
        named = request.path_params
        file = await run_in_threadpool(report_file, instance, named["run_id"], named["name"])
        if file is None:
            return PlainTextResponse("There is no such file of a run; perhaps its folder was moved.", 404)
        headers = {} if file.suffix == ".pdf" else HEADERS  # browsers show no PDF in a sandbox
        return FileResponse(file, headers=headers, content_disposition_type="inline", filename=file.name)

    app.router.routes.insert(0, Route("/winnow/{run_id}/{name:path}", answer))
    return app


def main() -> None:
    """As `python -m dagster_webserver`."""
    dagster_cli: Any = importlib.import_module("dagster_webserver.cli")
    make_app = dagster_cli.create_app_from_workspace_process_context

    def make(context: Any, *arguments: Any, **options: Any) -> Starlette:
        return with_reports(make_app(context, *arguments, **options), context.instance)

    dagster_cli.create_app_from_workspace_process_context = make
    dagster_cli.main()


if __name__ == "__main__":
    main()
