"""Workers: register, list, remove."""

from fastapi import APIRouter, Response

from platform_api.access import CurrentUser, Id
from platform_api.errors import ApiError
from platform_api.wire.base import Created
from platform_api.wire.workers import WorkerCreate, WorkerData
from resources.platform.workers import Worker, register_worker, remove_worker, workers_of

router = APIRouter(prefix="/v1/docker/worker")


@router.post("", status_code=201)
def register(user: CurrentUser, body: WorkerCreate) -> Created:
    return Created(id=register_worker(user, body.name, body.worker_type, body.labels, body.docker_version))


@router.get("")
def workers(user: CurrentUser) -> list[WorkerData]:
    return [_shown(each) for each in workers_of(user)]


@router.delete("/{workerId}", status_code=204)
def remove(user: CurrentUser, workerId: Id) -> Response:  # noqa: N803 - as the route names it
    if not remove_worker(user, workerId):
        raise ApiError(404, "DOCKER_WORKER_UNKNOWN", f"you have no worker {workerId}")
    return Response(status_code=204)


def _shown(worker: Worker) -> WorkerData:
    return WorkerData(
        id=worker.id,
        user_id=worker.user,
        name=worker.name,
        worker_type=worker.type,
        state="OFFLINE" if worker.is_gone() else "BUSY" if worker.is_busy else "IDLE",
        created_at=worker.created,
        last_modified_at=worker.changed,
        labels=worker.labels,
        docker_version=worker.version,
    )
