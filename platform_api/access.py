"""Who asks, and what they may see. What is not theirs does not exist for them: nobody learns ids by trying."""

from typing import Annotated

from dagster import DagsterInstance
from fastapi import Depends, Path, Query, Request

from platform_api.errors import ApiError
from resources.platform.datasets import PlatformDataset, visible_dataset
from resources.platform.ids import PATTERN
from resources.platform.users import User, user_of_token

Id = Annotated[str, Path(pattern=PATTERN)]


def _user(token: Annotated[str, Query(max_length=200)] = "") -> User:
    found = user_of_token(token) if token else None
    if found is None:
        raise ApiError(401, "UNAUTHORIZED", "the token is missing, unknown or revoked; set LIGHTLY_TOKEN")
    return found


CurrentUser = Annotated[User, Depends(_user)]


def _instance(request: Request) -> DagsterInstance:
    instance: DagsterInstance = request.app.state.instance
    return instance


Instance = Annotated[DagsterInstance, Depends(_instance)]


# The user comes first: without a token nobody learns whether an id is well-formed.
def _dataset(user: CurrentUser, datasetId: Id) -> PlatformDataset:  # noqa: N803 - as the route names it
    return dataset_of(user, datasetId)


def dataset_of(user: User, id: str) -> PlatformDataset:
    """Raises ApiError where there is none that the user may see."""
    found = visible_dataset(user, id)
    if found is None:
        raise ApiError(404, "DATASET_UNKNOWN", f"there is no dataset {id}")
    return found


def _own_dataset(user: CurrentUser, dataset: Annotated[PlatformDataset, Depends(_dataset)]) -> PlatformDataset:
    if dataset.owner != user.id:
        raise ApiError(403, "FORBIDDEN", "only the owner of a dataset may do this")
    return dataset


VisibleDataset = Annotated[PlatformDataset, Depends(_dataset)]
OwnDataset = Annotated[PlatformDataset, Depends(_own_dataset)]
