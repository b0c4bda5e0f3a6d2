"""Datasets of the platform that a run of the command line reads, or brings its samples into."""

import os

from configs.errors import InputError
from configs.run_settings import Named, resolve
from configs.spellings.flat_options import NEW_NAME, PLATFORM_INPUT, UPLOADED, FlatRun
from configs.stages.upload import UploadConfig

TOKEN = "LIGHTLY_TOKEN"  # in the environment, as for the scripts


def platform_input(request: FlatRun, place: str) -> str:
    """The name in the catalog of the platform's dataset that is read; empty where none is named.

    place: what the run reads, if it is named. Raises InputError where the user of the token sees no such dataset.
    """
    if not request.platform_input:
        return ""
    for other, value in (("dataset", request.dataset), ("input_dir", place)):
        if value:
            raise InputError(f"{PLATFORM_INPUT} and {other} exclude each other; leave one of them out")
    from resources.platform.upload_target import named_dataset, user_of_command

    user = user_of_command(_token(request), PLATFORM_INPUT)
    return named_dataset(user, request.platform_input, PLATFORM_INPUT).dataset


def upload_target(request: FlatRun, named: Named, dataset: str) -> str:
    """The name in the catalog of the dataset that the run brings its samples into; empty where it brings none.

    dataset: the name that the run's dataset would have otherwise. Raises InputError where the token is none, and for
    names that are no good.
    """
    config = resolve(named)["uploaded_pictures"]
    assert isinstance(config, UploadConfig)
    if not config.upload_dataset:
        for option, value in ((UPLOADED, request.uploaded), (NEW_NAME, request.new_name)):
            if value:
                raise InputError(f"{option}={value} is for upload_dataset=True; add that, or leave it out")
        return ""
    if request.uploaded and request.new_name:
        raise InputError(f"{UPLOADED} and {NEW_NAME} exclude each other; leave one of them out")
    from resources.instance import dagster_instance
    from resources.platform.datasets import dataset_of_partition
    from resources.platform.upload_target import uploaded_dataset, user_of_command

    user = user_of_command(_token(request), "upload_dataset")
    if request.platform_input and not (request.uploaded or request.new_name):
        return ""  # into the dataset that is read
    known = dataset_of_partition(dataset)
    if known is not None and known.owner == user.id and not (request.uploaded or request.new_name):
        return dataset
    with dagster_instance(captures_output=False) as instance:
        made = uploaded_dataset(
            instance,
            user,
            id=request.uploaded,
            name=request.new_name,
            default_name=dataset,
            upload=config.upload,
        )
    return made.dataset


def _token(request: FlatRun) -> str:
    return request.token or os.environ.get(TOKEN, "").strip()
