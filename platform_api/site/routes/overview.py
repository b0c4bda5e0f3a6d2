"""The first page: datasets, jobs under way, and the last ones that have ended."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from platform_api.access import Id
from platform_api.signed_urls import file_read_url
from platform_api.site.rendering import HEADERS, page
from platform_api.site.session import CurrentSession, OwnFields, PageError, session_of
from platform_api.site.shown_jobs import jobs_ended, jobs_under_way
from resources.platform.datasets import PlatformDataset, own_datasets, shared_datasets, visible_dataset
from resources.platform.runs import artifacts_of, visible_run
from resources.platform.scheduled_runs import cancel_scheduled_run, find_scheduled_run
from resources.platform.users import User

router = APIRouter(include_in_schema=False)


@router.get("/")
def overview(request: Request) -> Response:
    session = session_of(request)
    if session is None:
        return page("login.html", error="")
    datasets = datasets_of(session.user)
    return page(
        "overview.html",
        session=session,
        datasets=sorted(datasets, key=lambda each: -each.changed),
        jobs=jobs_under_way(datasets),
        ended=jobs_ended(datasets),
    )


@router.get("/jobs")
def jobs(session: CurrentSession) -> Response:
    """What of the first page is asked for again and again."""
    datasets = datasets_of(session.user)
    return page("jobs.html", session=session, jobs=jobs_under_way(datasets), ended=jobs_ended(datasets))


@router.post("/datasets/{datasetId}/jobs/{scheduledId}/cancel")
def cancel(session: CurrentSession, fields: OwnFields, datasetId: Id, scheduledId: Id) -> Response:  # noqa: N803
    dataset = dataset_for(session.user, datasetId)
    if find_scheduled_run(dataset.id, scheduledId) is None:
        raise PageError(404, "There is no such job.")
    cancel_scheduled_run(scheduledId)
    back = f"/datasets/{dataset.id}" if fields.get("back") == "dataset" else "/"
    return RedirectResponse(back, 303, HEADERS)


@router.get("/runs/{runId}/artifacts/{artifactId}")
def artifact(session: CurrentSession, request: Request, runId: Id, artifactId: Id) -> Response:  # noqa: N803
    run = visible_run(session.user, runId)
    dataset = visible_dataset(session.user, run.dataset) if run else None
    if run is None or dataset is None:
        raise PageError(404, "There is no such run.")
    found = next((each for each in artifacts_of([run.id])[run.id] if each.id == artifactId), None)
    if found is None:
        raise PageError(404, "The run has no such file.")
    return RedirectResponse(file_read_url(dataset, found.place, request), 303, HEADERS)


def datasets_of(user: User) -> list[PlatformDataset]:
    return [*own_datasets(user), *shared_datasets(user)]


def dataset_for(user: User, id: str) -> PlatformDataset:
    """Raises PageError where there is none that the user may see."""
    found = visible_dataset(user, id)
    if found is None:
        raise PageError(404, "There is no such dataset, or it is not shared with you.")
    return found
