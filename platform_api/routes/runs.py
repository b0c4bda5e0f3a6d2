"""Runs, and what they left: artifacts and tags."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version

from fastapi import APIRouter, Request

from platform_api.access import CurrentUser, Id, dataset_of
from platform_api.errors import ApiError
from platform_api.pages import AskedPage
from platform_api.shown_tag import shown_tag
from platform_api.signed_urls import file_read_url
from platform_api.wire.runs import ArtifactData, RunData
from platform_api.wire.tags import TagData
from resources.output_place import store_of_file
from resources.platform.runs import (
    Artifact,
    PlatformRun,
    artifacts_of,
    run_of_job,
    runs_of_dataset,
    visible_run,
    visible_runs,
)
from resources.platform.tags import tags_of_run

router = APIRouter(prefix="/v1/docker/runs")


@router.get("/schedule/{scheduledId}")
def run_of_scheduled(user: CurrentUser, scheduledId: Id) -> RunData:  # noqa: N803
    return _one(run_of_job(user, scheduledId), scheduledId)


@router.get("")
def runs(
    user: CurrentUser,
    page: AskedPage,
    getAssetsOfTeam: bool = False,  # noqa: N803 - as the route names it
    getAssetsOfTeamInclusiveSelf: bool = False,  # noqa: N803
    showArchived: bool = False,  # noqa: N803
) -> list[RunData]:
    """There are no teams. Runs are archived nowhere yet."""
    return [] if getAssetsOfTeam else _shown(page.of(visible_runs(user)))


@router.get("/query/datasetId/{datasetId}")
def runs_of(user: CurrentUser, page: AskedPage, datasetId: Id) -> list[RunData]:  # noqa: N803
    return _shown(page.of(runs_of_dataset(dataset_of(user, datasetId).id)))


@router.get("/{runId}")
def run(user: CurrentUser, runId: Id) -> RunData:  # noqa: N803
    return _one(visible_run(user, runId), runId)


@router.get("/{runId}/tags")
def tags(user: CurrentUser, runId: Id) -> list[TagData]:  # noqa: N803
    """Those that the run has made, in any dataset."""
    return [shown_tag(each) for each in tags_of_run(_required(visible_run(user, runId), runId).id)]


@router.get("/{runId}/artifacts/{artifactId}/readurl")
def artifact_url(user: CurrentUser, request: Request, runId: Id, artifactId: Id) -> str:  # noqa: N803
    record = _required(visible_run(user, runId), runId)
    found = artifacts_of([record.id])[runId]
    artifact = next((each for each in found if each.id == artifactId), None)
    if artifact is None:
        raise ApiError(404, "DOCKER_RUN_ARTIFACT_UNKNOWN", f"the run has no artifact {artifactId}")
    dataset = dataset_of(user, record.dataset)
    store, name = store_of_file(artifact.place, dataset.dataset)
    try:
        is_there = store.find(name) is not None
    except OSError:
        is_there = False
    if not is_there:
        raise ApiError(404, "DOCKER_RUN_ARTIFACT_UNAVAILABLE", f"{artifact.file_name} is not there any more")
    return file_read_url(dataset, artifact.place, request)


def _one(found: PlatformRun | None, id: str) -> RunData:
    return _shown([_required(found, id)])[0]


def _required(found: PlatformRun | None, id: str) -> PlatformRun:
    if found is None:
        raise ApiError(404, "DOCKER_RUN_UNKNOWN", f"there is no run {id} yet, or it is not yours")
    return found


def _shown(runs: Sequence[PlatformRun]) -> list[RunData]:
    artifacts = artifacts_of(each.id for each in runs)
    return [
        RunData(
            id=each.id,
            user_id=each.user,
            docker_version=_version(),
            state=each.state,
            created_at=each.created,
            last_modified_at=each.changed,
            message=each.message,
            dataset_id=each.dataset,
            config_id=each.config,
            scheduled_id=each.scheduled,
            archived=each.archived,
            artifacts=[_artifact(one) for one in artifacts[each.id]],
        )
        for each in runs
    ]


def _artifact(artifact: Artifact) -> ArtifactData:
    location = "DATASOURCE" if "://" in artifact.place else "LIGHTLY"
    return ArtifactData(
        id=artifact.id,
        type=artifact.type,
        file_name=artifact.file_name,
        storage_location=location,
        created_at=artifact.created,
    )


@cache
def _version() -> str:
    return f"winnow {version('winnow')}"
