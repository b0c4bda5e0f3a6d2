"""Workers, what they are asked to do, and the jobs that wait for them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from platform_api.wire.base import Id, Wire
from platform_api.wire.datasets import Creator, Name

Label = Annotated[str, Field(min_length=1, max_length=255)]
Labels = Annotated[list[Label], Field(max_length=100)]
Priority = Literal["LOW", "MID", "HIGH", "CRITICAL"]
Dictionary = dict[str, Any]


class WorkerCreate(Wire):
    name: Name
    worker_type: Literal["FULL"] = "FULL"
    labels: Labels = Field(default_factory=list)
    creator: Creator = "UNKNOWN"
    docker_version: Annotated[str, Field(max_length=100)] | None = None


class WorkerData(Wire):
    id: Id
    user_id: str
    name: str
    worker_type: str
    state: Literal["OFFLINE", "CRASHED", "IDLE", "BUSY"]
    created_at: int
    last_modified_at: int
    labels: list[str]
    docker_version: str | None = None


class Config(Wire):
    worker_type: Literal["FULL"] = "FULL"
    docker: Dictionary | None = None
    lightly: Dictionary | None = None
    selection: Dictionary | None = None


class WorkerConfigCreate(Wire):
    """version: of the client's spelling; all are understood alike."""

    config: Config
    version: Literal["V2", "V3", "V4"] = "V4"
    creator: Creator = "UNKNOWN"


class ScheduleCreate(Wire):
    config_id: Id
    priority: Priority = "MID"
    runs_on: Labels = Field(default_factory=list)
    creator: Creator = "UNKNOWN"


class ScheduledRunData(Wire):
    id: Id
    dataset_id: Id
    config_id: Id
    priority: str
    runs_on: list[str]
    state: str
    created_at: int
    last_modified_at: int
    user_id: str
    owner: str
