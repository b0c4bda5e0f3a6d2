"""Runs and their artifacts."""

from platform_api.wire.base import Id, Wire


class ArtifactData(Wire):
    id: Id
    type: str
    file_name: str
    storage_location: str
    created_at: int


class RunData(Wire):
    id: Id
    user_id: str
    docker_version: str
    state: str
    created_at: int
    last_modified_at: int
    message: str | None
    dataset_id: Id
    config_id: Id
    scheduled_id: Id
    archived: bool
    artifacts: list[ArtifactData]
