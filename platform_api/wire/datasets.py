"""Datasets, and whom they are shared with."""

from typing import Annotated, Literal

from pydantic import Field

from platform_api.wire.base import Id, Wire

Name = Annotated[str, Field(min_length=3, max_length=255, pattern="^[a-zA-Z0-9][a-zA-Z0-9 _-]+$")]
DatasetType = Literal["Images", "Videos", "Crops"]
ImgType = Literal["full", "thumbnail", "meta"]
Creator = Literal["UNKNOWN", "USER_WEBAPP", "USER_PIP", "USER_PIP_LIGHTLY_MAGIC", "USER_WORKER"]


class DatasetCreate(Wire):
    name: Name
    type: DatasetType = "Images"
    creator: Creator = "UNKNOWN"
    img_type: ImgType = "full"
    parent_dataset_id: Id | None = None


class DatasetData(Wire):
    id: Id
    name: Name
    user_id: str
    type: str
    n_samples: int
    size_in_bytes: int
    created_at: int
    last_modified_at: int
    img_type: str
    access_type: Literal["WRITE"] = "WRITE"
    datasources: list[str] | None = None
    parent_dataset_id: Id | None = None
    datasource_processed_until_timestamp: int


class AccessCreate(Wire):
    access_type: Literal["WRITE"]
    users: list[Annotated[str, Field(max_length=254)]] = Field(default_factory=list, max_length=1000)
    teams: list[Annotated[str, Field(max_length=254)]] = Field(default_factory=list, max_length=1000)
    creator: Creator = "UNKNOWN"


class AccessData(Wire):
    id: Id
    owner: str
    access_type: Literal["WRITE"] = "WRITE"
    users: list[str]
    teams: list[str]
    created_at: int
    last_modified_at: int
