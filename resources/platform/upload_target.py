"""The dataset of the platform that a run of the command line is for, and whether the user of a token may name it."""

from dagster import DagsterInstance

from configs.errors import InputError
from resources.platform.datasets import (
    NameTakenError,
    PlatformDataset,
    create_dataset,
    own_datasets,
    visible_dataset,
)
from resources.platform.own_pictures import keep_own_pictures
from resources.platform.users import User, user_of_token

IMG_TYPES = {"full": "full", "thumbnails": "thumbnail", "none": "meta"}


def user_of_command(token: str, why: str) -> User:
    """why: the option that needs a user. Raises InputError without one."""
    found = user_of_token(token) if token else None
    if found is None:
        said = "the token is unknown or revoked" if token else "no token is given"
        raise InputError(
            f"{why}: {said}; make one with winnow token create EMAIL, and pass it as token=… or LIGHTLY_TOKEN"
        )
    return found


def named_dataset(user: User, id: str, option: str) -> PlatformDataset:
    """Raises InputError where the user sees none of this id."""
    found = visible_dataset(user, id)
    if found is None:
        raise InputError(f"{option}={id}: {user.email} has no such dataset on this server")
    return found


def uploaded_dataset(
    instance: DagsterInstance, user: User, *, id: str, name: str, default_name: str, upload: str
) -> PlatformDataset:
    """The dataset `id`; or one of this name of the user's own, which is made where there is none.

    name: of a dataset that must be new. default_name: of one that may be there. upload: full, thumbnails or none.
    Raises InputError.
    """
    if id:
        dataset = named_dataset(user, id, "lightly.dataset_id")
    else:
        known = {each.name: each for each in own_datasets(user)}
        if name in known:
            raise InputError(
                f"lightly.new_dataset_name={name}: {user.email} has a dataset of this name; choose another name, or "
                f"add to it with lightly.dataset_id={known[name].id}"
            )
        dataset = known.get(default_name) or _made(instance, user, name or default_name, upload)
    keep_own_pictures(dataset.id)
    return dataset


def _made(instance: DagsterInstance, user: User, name: str, upload: str) -> PlatformDataset:
    try:
        return create_dataset(instance, user, name, type="Images", img_type=IMG_TYPES[upload], creator="USER_WORKER")
    except NameTakenError:
        raise InputError(f"somebody makes the dataset {name} at this moment; run the command again") from None
