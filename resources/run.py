"""A run: which dataset, which settings, since when. It does not change, and is the same in every process of the run.

What a run is told is settled once, when its first process asks, and kept as a tag of the Dagster run: settings stored
with the dataset may change while it runs. A run that goes on after a failure is told what the failed one was told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from dagster import DagsterInstance, DagsterRun

from configs.dataset_key import dataset_key
from configs.run_settings import RESOURCES, STAGES, Named, named_in_run_config, resolve
from configs.stages.base import StageConfig
from resources.dataset_settings import effective_settings, store_settings, stored_settings

FOLDER_TAG = "winnow/run_folder"  # on the Dagster run, so that the UI shows where the files are
OVERRIDES_TAG = "winnow/overrides"  # the tokens of the command line, as JSON, without the token
COMPLETE_TAG = ".winnow/complete_config"  # the run config is all that the run is told, as for the command
RUN_TAG = ".winnow/run"  # id, start and settings of the run; tags that begin with a dot are not shown
RESUME_TAGS = ("dagster/is_resume_retry", "dagster/is_asset_resume_retry", "dagster/retry_number")
PARENT_TAG = "dagster/parent_run_id"
PARTITION_TAG = "dagster/partition"

C = TypeVar("C", bound=StageConfig)


@dataclass(frozen=True)
class Run:
    """named: what is named for the run, see `configs.run_settings.Named`.

    overrides: the command line's tokens, None where there was no command line.
    folder: the run folder where it exists already, as that of a run which goes on after a failure.
    """

    id: str
    dataset: str
    named: Named
    started: datetime
    overrides: tuple[str, ...] | None = None
    folder: str = ""

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
    found = instance.get_run_by_id(run_id)  # the record handed to a step process is as old as the start
    assert found is not None
    told = json.loads(found.tags.get(RUN_TAG, "{}"))
    if told.get("id") != run_id:  # tags are copied when a run is executed again
        before = _resumed(instance, found)
        told = {
            "id": run_id,
            "started": datetime.now().astimezone().isoformat(),
            "named": before["named"] if before else _named(found),
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
    )


def _resumed(instance: DagsterInstance, run: DagsterRun) -> dict[str, Any] | None:
    """What the run was told that this one goes on with; None where this one begins anew."""
    if not any(run.tags.get(tag) for tag in RESUME_TAGS):
        return None
    parent = instance.get_run_by_id(run.tags.get(PARENT_TAG, ""))
    told = json.loads(parent.tags.get(RUN_TAG, "null")) if parent else None
    return None if parent is None or told is None else {**told, "folder": parent.tags.get(FOLDER_TAG, "")}


def _named(run: DagsterRun) -> Named:
    """What is named for a run that begins: the dataset's settings, overridden by the run config. The first run of a
    dataset says how later ones go. A run that is executed again gets a folder of its own, also if the first was named.
    """
    dataset = run.tags.get(PARTITION_TAG, "")
    is_complete = not dataset or run.tags.get(COMPLETE_TAG)
    named = (
        named_in_run_config(run.run_config) if is_complete else effective_settings(dataset_key(dataset), run.run_config)
    )
    if not is_complete and not stored_settings(dataset):
        store_settings(dataset, named)
    if run.tags.get(PARENT_TAG):
        named.get("run_folder", {}).pop("run_directory", None)
    return named
