"""What a run is asked to do. Clients up to 1.2.47 send `worker_config` as it was typed, later ones in camel case."""

from fastapi import APIRouter

from configs.errors import InputError
from platform_api.access import CurrentUser
from platform_api.errors import ApiError
from platform_api.snake_case import in_snake_case
from platform_api.wire.base import Created
from platform_api.wire.workers import WorkerConfigCreate
from resources.platform.job_settings import check_dictionaries
from resources.platform.worker_configs import Dictionaries, store_worker_config

router = APIRouter(prefix="/v1/docker/worker/config")


@router.post("", status_code=201)
@router.post("/v2", status_code=201)
@router.post("/v3", status_code=201)
@router.post("/vX", status_code=201)
def create(user: CurrentUser, body: WorkerConfigCreate) -> Created:
    config = body.config
    dictionaries: Dictionaries = {
        "worker_config": in_snake_case(config.docker),
        "selection_config": in_snake_case(config.selection),
        "lightly_config": in_snake_case(config.lightly),
    }
    try:
        check_dictionaries(dictionaries)
    except InputError as error:
        raise ApiError(400, "DOCKER_WORKER_CONFIG_INVALID", str(error)) from None
    return Created(id=store_worker_config(user, body.version, dictionaries))
