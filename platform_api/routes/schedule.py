"""Jobs of a dataset: schedule, list those that wait, cancel."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from configs.errors import InputError
from platform_api.access import CurrentUser, Id, VisibleDataset
from platform_api.errors import ApiError
from platform_api.wire.base import Created
from platform_api.wire.workers import ScheduleCreate, ScheduledRunData
from resources.platform.job_settings import job_settings
from resources.platform.scheduled_runs import (
    TAKEN,
    ScheduledRun,
    cancel_scheduled_run,
    find_scheduled_run,
    schedule_run,
    scheduled_runs,
    waiting_or_just_begun,
)
from resources.platform.worker_configs import find_worker_config

router = APIRouter(prefix="/v1/datasets/{datasetId}/docker/worker/schedule")
State = Literal["OPEN", "LOCKED", "DONE", "CANCELED"]


@router.post("", status_code=201)
def schedule(
    user: CurrentUser,
    dataset: VisibleDataset,
    body: ScheduleCreate,
    disableConfigValidation: Annotated[bool, Query()] = False,  # noqa: N803 - as the route names it
) -> Created:
    config = find_worker_config(user, body.config_id)
    if config is None:
        raise ApiError(404, "DOCKER_WORKER_CONFIG_UNKNOWN", f"you have no config {body.config_id}")
    if not disableConfigValidation:
        try:
            job_settings(user, dataset, config.dictionaries)
        except InputError as error:
            raise ApiError(400, "DOCKER_WORKER_CONFIG_NOT_COMPATIBLE_WITH_DATASOURCE", str(error)) from None
    return Created(id=schedule_run(user, dataset.id, config.id, body.priority, body.runs_on))


@router.get("")
def schedules(
    dataset: VisibleDataset,
    state: State | None = None,
    states: Annotated[list[State] | None, Query()] = None,
) -> list[ScheduledRunData]:
    """Without a state those that wait, and as LOCKED those that have become runs just now.

    The client asks for the run first, and then here: one that becomes a run between the two must not seem canceled.
    """
    wanted: list[str] = [*(states or []), *([state] if state else [])]
    if not wanted:
        listed = waiting_or_just_begun(dataset.id)
        return [_shown(each, "LOCKED" if each.state == "DONE" else "") for each in listed]
    if "LOCKED" in wanted:
        wanted.append(TAKEN)
    return [_shown(each) for each in scheduled_runs(dataset.id, wanted)]


@router.put("/{scheduledId}", status_code=204)
def cancel(dataset: VisibleDataset, scheduledId: Id) -> Response:  # noqa: N803
    """Also once it is a run, which is stopped within seconds; one that has ended stays as it is."""
    if find_scheduled_run(dataset.id, scheduledId) is None:
        raise ApiError(404, "DOCKER_WORKER_SCHEDULE_UNKNOWN", f"the dataset has no scheduled run {scheduledId}")
    cancel_scheduled_run(scheduledId)
    return Response(status_code=204)


def _shown(run: ScheduledRun, state: str = "") -> ScheduledRunData:
    return ScheduledRunData(
        id=run.id,
        dataset_id=run.dataset,
        config_id=run.config,
        priority=run.priority,
        runs_on=run.runs_on,
        state=state or ("LOCKED" if run.state == TAKEN else run.state),
        created_at=run.created,
        last_modified_at=run.changed,
        user_id=run.user,
        owner=run.user,
    )
