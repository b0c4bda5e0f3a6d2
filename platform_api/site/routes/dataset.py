"""A dataset's page: its tags and pictures, its jobs, and a form that schedules one."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from configs.errors import InputError
from platform_api.access import Id
from platform_api.signed_urls import is_file_name, read_url
from platform_api.site.rendering import HEADERS, page
from platform_api.site.routes.overview import dataset_for
from platform_api.site.session import CurrentSession, OwnFields, PageError, Session
from platform_api.site.shown_jobs import jobs_ended, jobs_under_way
from platform_api.site.typed_job import checked_job, example_fields
from resources.platform.datasets import PlatformDataset, access_of
from resources.platform.datasources import sources_of
from resources.platform.samples import find_sample, samples_at
from resources.platform.scheduled_runs import PRIORITIES, schedule_run
from resources.platform.tags import tags_of
from resources.platform.worker_configs import NAMES, store_worker_config

router = APIRouter(prefix="/datasets/{datasetId}", include_in_schema=False)
PICTURES = 48  # on a page


@router.get("")
def dataset(
    session: CurrentSession,
    datasetId: Id,  # noqa: N803 - as the other routes name it
    tag: Annotated[str, Query(max_length=24)] = "",
    number: Annotated[int, Query(alias="page", ge=1, le=1 << 31)] = 1,
) -> Response:
    return _page(session, dataset_for(session.user, datasetId), example_fields(), tag=tag, number=number)


@router.get("/jobs")
def jobs(session: CurrentSession, datasetId: Id) -> Response:  # noqa: N803
    """What of the page is asked for again and again."""
    found = dataset_for(session.user, datasetId)
    under_way, ended = jobs_under_way([found]), jobs_ended([found])
    return page("jobs.html", session=session, jobs=under_way, ended=ended, back="dataset")


@router.post("/jobs")
def schedule(session: CurrentSession, fields: OwnFields, datasetId: Id) -> Response:  # noqa: N803
    found = dataset_for(session.user, datasetId)
    try:
        job, _ = checked_job(session.user, found, fields)
    except InputError as error:
        return _page(session, found, {**example_fields(), **fields}, str(error), 422)
    config = store_worker_config(session.user, "V4", job.dictionaries)
    schedule_run(session.user, found.id, config, job.priority, job.runs_on)
    return RedirectResponse(f"/datasets/{found.id}#jobs", 303, HEADERS)


@router.post("/check")
def check(session: CurrentSession, fields: OwnFields, datasetId: Id) -> Response:  # noqa: N803
    """What is typed, as it is typed: {"error": …} or {"does": […]}."""
    found = dataset_for(session.user, datasetId)
    try:
        _, does = checked_job(session.user, found, fields)
    except InputError as error:
        return JSONResponse({"error": str(error)}, headers=HEADERS)
    return JSONResponse({"does": does}, headers=HEADERS)


@router.get("/pictures/{index}")
def picture(
    session: CurrentSession,
    request: Request,
    datasetId: Id,  # noqa: N803
    index: Annotated[int, Path(ge=0, le=1 << 31)],
    full: str | None = None,
) -> Response:
    """Leads to the sample's thumbnail; to the picture itself where it has none, or where `full` is asked for."""
    found = dataset_for(session.user, datasetId)
    sample = find_sample(found.id, index) if index < found.samples else None
    if sample is None:
        raise PageError(404, "There is no such sample.")
    thumbnail = sample.about.get("thumbName", "")
    if full is None and thumbnail and is_file_name(thumbnail):
        url = read_url(found, thumbnail, request, purpose="LIGHTLY")
    else:
        url = read_url(found, sample.file_name, request)
    return RedirectResponse(url, 303, {**HEADERS, "Cache-Control": "private, max-age=600"})


def _page(
    session: Session,
    found: PlatformDataset,
    fields: dict[str, str],
    error: str = "",
    status: int = 200,
    *,
    tag: str = "",
    number: int = 1,
) -> Response:
    tags = tags_of(found.id)
    chosen = next((each for each in tags if each.id == tag), tags[0] if tags else None)
    indices = chosen.mask.indices() if chosen else np.empty(0, np.int64)
    pages = max(1, -(-len(indices) // PICTURES))
    number = min(number, pages)
    shown = indices[(number - 1) * PICTURES : number * PICTURES]
    access, sources = access_of(found), sorted(sources_of(found), key=lambda each: each.purpose)
    return page(
        "dataset.html",
        status,
        session=session,
        dataset=found,
        is_owner=found.owner == session.user.id,
        sources=[(each.purpose, each.config["type"], each.config["fullPath"]) for each in sources],
        shared_with=access.users if access else (),
        tags=[(each, each.mask.count()) for each in tags],
        chosen=chosen,
        samples=samples_at(found.id, shown) if len(shown) else [],
        page_number=number,
        pages=pages,
        jobs=jobs_under_way([found]),
        ended=jobs_ended([found]),
        fields=fields,
        names=NAMES,
        priorities=PRIORITIES[::-1],
        error=error,
        back="dataset",
    )
