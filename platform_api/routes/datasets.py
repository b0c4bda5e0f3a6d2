"""Datasets: create, find, remove, share."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from platform_api.access import CurrentUser, Instance, OwnDataset, VisibleDataset
from platform_api.errors import ApiError
from platform_api.pages import AskedPage
from platform_api.wire.base import Created
from platform_api.wire.datasets import AccessCreate, AccessData, DatasetCreate, DatasetData
from resources.platform.datasets import (
    NameTakenError,
    PlatformDataset,
    access_of,
    create_dataset,
    delete_dataset,
    own_datasets,
    share,
    shared_datasets,
)
from resources.platform.datasources import datasource_ids
from resources.platform.users import User, plain_email

router = APIRouter(prefix="/v1/datasets")


@router.get("")
def datasets(
    user: CurrentUser,
    page: AskedPage,
    shared: bool = False,
    getAssetsOfTeam: bool = False,  # noqa: N803 - as the client names it
) -> list[DatasetData]:
    """There are no teams: what a team shares is nothing."""
    return [_shown(each) for each in page.of(_wanted(user, shared, getAssetsOfTeam))]


@router.get("/query/name/{datasetName:path}")
def datasets_of_name(
    user: CurrentUser,
    page: AskedPage,
    datasetName: Annotated[str, Path(max_length=255)],  # noqa: N803
    exact: bool = False,
    shared: bool = False,
    getAssetsOfTeam: bool = False,  # noqa: N803
) -> list[DatasetData]:
    """Of this name, or whose names begin so."""
    found = [
        each
        for each in _wanted(user, shared, getAssetsOfTeam)
        if (each.name == datasetName if exact else each.name.startswith(datasetName))
    ]
    return [_shown(each) for each in page.of(found)]


def _wanted(user: User, shared: bool, of_team: bool) -> list[PlatformDataset]:
    if of_team:
        return []
    return shared_datasets(user) if shared else own_datasets(user)


@router.post("", status_code=201)
def create(user: CurrentUser, instance: Instance, body: DatasetCreate) -> Created:
    try:
        made = create_dataset(
            instance,
            user,
            body.name,
            type=body.type,
            img_type=body.img_type,
            creator=body.creator,
            parent=body.parent_dataset_id,
        )
    except NameTakenError:
        raise ApiError(409, "DATASET_NAME_EXISTS", f"you have a dataset {body.name} already") from None
    return Created(id=made.id)


@router.get("/{datasetId}")
def dataset(found: VisibleDataset) -> DatasetData:
    return _shown(found)


@router.delete("/{datasetId}", status_code=204)
def delete(found: OwnDataset, instance: Instance, force: Annotated[bool, Query()] = False) -> Response:
    """With its tags, runs and artifacts; pictures and results stay where they are. `force` makes no difference."""
    delete_dataset(instance, found)
    return Response(status_code=204)


@router.get("/{datasetId}/collaboration/access")
def access(found: VisibleDataset) -> list[AccessData]:
    rule = access_of(found)
    if rule is None:
        return []
    return [
        AccessData(
            id=rule.id,
            owner=found.owner,
            users=list(rule.users),
            teams=list(rule.teams),
            created_at=rule.created,
            last_modified_at=rule.changed,
        )
    ]


@router.post("/{datasetId}/collaboration/access", status_code=201)
def share_with(found: OwnDataset, body: AccessCreate) -> Created:
    return Created(id=share(found, [plain_email(each) for each in body.users], body.teams))


def _shown(dataset: PlatformDataset) -> DatasetData:
    return DatasetData(
        id=dataset.id,
        name=dataset.name,
        user_id=dataset.owner,
        type=dataset.type,
        n_samples=dataset.samples,
        size_in_bytes=dataset.size,
        created_at=dataset.created,
        last_modified_at=dataset.changed,
        img_type=dataset.img_type,
        datasources=datasource_ids(dataset) or None,
        parent_dataset_id=dataset.parent,
        datasource_processed_until_timestamp=dataset.processed_until,
    )
