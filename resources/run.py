"""A run: which dataset, which settings, since when. It does not change, and is the same in every process of the run.

What a run is told is settled once, when its first process asks, and kept as a tag of the Dagster run: settings stored
with the dataset may change while it runs. A run that goes on after a failure is told what the failed one was told. One
that is executed again from the start is a new run: its folder is named by date and time, also where the first named it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from dagster import DagsterInstance, DagsterRun

from configs.dataset_key import dataset_key
from configs.errors import InputError
from configs.run_settings import RESOURCES, STAGES, Named, named_in_run_config, resolve
from configs.stages.base import StageConfig
from resources.dataset_settings import effective_settings, store_settings, stored_settings
from resources.locks import state_folder_lock
from resources.platform.scheduled_runs import SCHEDULED_TAG

FOLDER_TAG = "winnow/run_folder"  # on the Dagster run, so that the UI shows where the files are
OVERRIDES_TAG = "winnow/overrides"  # the tokens of the command line, as JSON, without the token
COMPLETE_TAG = ".winnow/complete_config"  # the run config is all that the run is told, as for the command
RUN_TAG = ".winnow/run"  # id, start and settings of the run; tags that begin with a dot are not shown
RESUME_TAGS = ("dagster/is_resume_retry", "dagster/is_asset_resume_retry", "dagster/retry_number")
FAULT_TAG = "winnow/fault"  # why a run failed, in one line, where a person has to mend something
TROUBLE_TAG = "winnow/trouble"  # the same, where it may go well later
PARENT_TAG = "dagster/parent_run_id"
PARTITION_TAG = "dagster/partition"

C = TypeVar("C", bound=StageConfig)


@dataclass(frozen=True)
class Run:
    """named: what is named for the run, see `configs.run_settings.Named`.

    overrides: the command line's tokens, None where there was no command line.
    folder: the run folder where it exists already, as that of a run which goes on after a failure.
    scheduled: id of the platform's job that this run is; empty where it is none.
    """

    id: str
    dataset: str
    named: Named
    started: datetime
    overrides: tuple[str, ...] | None = None
    folder: str = ""
    scheduled: str = ""

    @cached_property
    def settings(self) -> Mapping[str, StageConfig]:
        """Every stage's typed config. Raises InputError for a value that is not allowed."""
        return resolve(self.named)

    def settings_of(self, kind: type[C]) -> C:
        """The typed config of one kind."""
        stage = next(stage for stage, config in {**STAGES, **RESOURCES}.items() if config is kind)
        settings = self.settings[stage]
        assert isinstance(settings, kind)
        return settings


def run_of(instance: DagsterInstance, run_id: str) -> Run:
    """The run as its first process settled it; this may be that process.

    Raises InputError for a partition key that is none.
    """
    with state_folder_lock():  # the first steps may be processes that start at once
        return _settled(instance, run_id)


def remember_settings(run: Run) -> None:
    """What the first run of a dataset was told, once it has begun well, is how later ones go."""
    if run.dataset and not stored_settings(run.dataset):
        store_settings(run.dataset, run.named)


def _settled(instance: DagsterInstance, run_id: str) -> Run:
    found = instance.get_run_by_id(run_id)  # the record handed to a step process is as old as the start
    assert found is not None
    told = json.loads(found.tags.get(RUN_TAG, "{}"))
    if told.get("id") != run_id:  # tags are copied when a run is executed again
        before = _resumed(instance, found)
        told = {
            "id": run_id,
            "started": datetime.now().astimezone().isoformat(),
            "named": before["named"] if before else _named(instance, found),
            "folder": before["folder"] if before else "",
        }
        instance.add_run_tags(run_id, {RUN_TAG: json.dumps(told), FOLDER_TAG: told["folder"]})
    else:
        told["folder"] = found.tags.get(FOLDER_TAG, "")
    overrides = found.tags.get(OVERRIDES_TAG)
    return Run(
        run_id,
        found.tags.get(PARTITION_TAG, ""),
        told["named"],
        datetime.fromisoformat(told["started"]),
        tuple(json.loads(overrides)) if overrides else None,
        told["folder"],
        found.tags.get(SCHEDULED_TAG, ""),
    )


def _resumed(instance: DagsterInstance, run: DagsterRun) -> dict[str, Any] | None:
    """What the run was told that this one goes on with; None where this one begins anew."""
    if not any(run.tags.get(tag) for tag in RESUME_TAGS):
        return None
    parent = instance.get_run_by_id(run.tags.get(PARENT_TAG, ""))
    told = json.loads(parent.tags.get(RUN_TAG, "null")) if parent else None
    return None if parent is None or told is None else {**told, "folder": parent.tags.get(FOLDER_TAG, "")}


def _named(instance: DagsterInstance, run: DagsterRun) -> Named:
    """What is named for a run that begins: the dataset's settings, overridden by the run config."""
    dataset = run.tags.get(PARTITION_TAG, "")
    if dataset:
        _check_partition(dataset)
    if not dataset or run.tags.get(COMPLETE_TAG):
        named = named_in_run_config(run.run_config)
    else:
        named = effective_settings(dataset, run.run_config)
    parent = instance.get_run_by_id(run.tags.get(PARENT_TAG, ""))
    if parent is not None:
        folder, before = (_folder_name(each.run_config) for each in (run, parent))
        if folder and folder == before:  # nobody asked for it this time
            named = {**named, "run_folder": {**named["run_folder"], "run_directory": ""}}
    return named


def _check_partition(dataset: str) -> None:
    try:
        dataset_key(dataset)
    except InputError as error:
        raise InputError(f"{error}; delete this partition in Dagster and add one with such a name") from None


def _folder_name(run_config: Mapping[str, Any]) -> str:
    return str(named_in_run_config(run_config).get("run_folder", {}).get("run_directory") or "")
