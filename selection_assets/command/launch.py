"""Runs `selection_job` in this process, on the instance that the Dagster UI shows.

What a run does is decided by its typed config; here it is only started.
"""

import json
import logging
import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass

from dagster import (
    AssetKey,
    DagsterExecutionInterruptedError,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    Failure,
    RunsFilter,
    reconstructable,
)
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.utils import make_new_run_id

from configs.dataset_key import dataset_key
from configs.errors import InputError
from configs.run_settings import STAGES, Named, resolve, to_run_config
from resources.catalog.datasets import thumbnail_suffix_of
from resources.dataset_settings import store_settings
from resources.home import home
from resources.instance import dagster_instance, instance_fault
from resources.killed_runs import end_killed_runs
from resources.locks import dataset_lock, run_alive
from resources.platform.datasets import dataset_of_partition
from resources.run import COMPLETE_TAG, FOLDER_TAG, OVERRIDES_TAG, PARTITION_TAG
from selection_assets.command.open_databases import open_databases
from selection_assets.definitions import defs, resolved_selection_job
from selection_assets.partitions import datasets

CODE_LOCATION = "selection_assets.definitions"  # as the UI calls it
REPOSITORY = "__repository__"  # as Dagster calls the only one of a code location
JOB = "selection_job"
FULL_DISK_BYTES = 1 << 20
SKIPPED_STEPS = (
    "dagster._core.execution.plan.active"  # its logger warns of checks without a result, also of skipped steps
)
log = logging.getLogger("winnow")


@dataclass(frozen=True)
class FinishedRun:
    """A run that succeeded."""

    run_id: str
    folder: str  # a path, or a place in a bucket; empty where no file is new
    dataset: str
    step_seconds: dict[str, float]  # per asset, in the order of the run
    seconds: float  # all of it, but for the wait for another run of the dataset


def launch(
    named: Named,
    dataset: str,
    overrides: list[str],
    *,
    keep: bool = True,
    tags: Mapping[str, str] | None = None,
    making: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> FinishedRun:
    """Run the job on a dataset, which is created where it is new.

    Another run of the dataset is waited for: its settings must not change while it lasts.

    named: what the caller names, see `configs.run_settings.Named`.
    overrides: the command line's tokens, for the copy in the run folder.
    keep: store what is named with the dataset, for later runs.
    tags: of the run, besides those that every run has.
    making: given the run's id, what the record of the run is made in.

    Raises InputError for what the user can mend, KeyboardInterrupt for SIGINT and SIGTERM, and the original error for
    the rest.
    """
    key = dataset_key(dataset)
    resolve(named)  # a value that does not fit ends here, in one line
    run_id = make_new_run_id()
    started = time.perf_counter()
    with ExitStack() as held:
        held.enter_context(open_databases())
        instance = held.enter_context(dagster_instance(captures_output=False))
        held.enter_context(run_alive(run_id))
        try:
            end_killed_runs(instance)
            _tell_of_others(instance, key)
            waiting = time.perf_counter()
            held.enter_context(
                dataset_lock(key, run_id, log.info, started_by="winnow run", stop="; Ctrl-C stops waiting")
            )
            started += time.perf_counter() - waiting
            instance.add_dynamic_partitions(str(datasets.name), [key])
            if keep:
                store_settings(key, named)
            run = _execute(instance, run_id, key, named, overrides, tags or {}, making)
            step_seconds = _step_seconds(instance, run_id)
        except DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
        except Failure as failure:
            raise InputError(failure.description or "the run failed") from None
        except Exception as error:
            raise _fault(error) from error
        return FinishedRun(run_id, run.tags.get(FOLDER_TAG, ""), key, step_seconds, time.perf_counter() - started)


def _tell_of_others(instance: DagsterInstance, key: str) -> None:
    """A line for each run on another dataset: it makes this one slower, and nothing else would say why."""
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED])):
        other = run.tags.get(PARTITION_TAG, "")
        if other != key:
            log.info(
                "Run %s of dataset %s is at work, too: they share this machine, and neither waits for the other.",
                run.run_id[:8],
                other,
            )


def _execute(
    instance: DagsterInstance,
    run_id: str,
    key: str,
    named: Named,
    overrides: list[str],
    tags: Mapping[str, str],
    making: Callable[[str], AbstractContextManager[object]],
) -> DagsterRun:
    """A run record like that of a run from the UI, which therefore can re-execute it; then the run itself."""
    job = reconstructable(resolved_selection_job)
    code_location = RegisteredCodeLocationOrigin(CODE_LOCATION)
    with making(run_id):
        run = instance.create_run_for_job(
            job_def=job.get_definition(),
            run_id=run_id,
            run_config={**to_run_config(named), "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={
                PARTITION_TAG: key,
                OVERRIDES_TAG: json.dumps(overrides),
                COMPLETE_TAG: "true",
                **tags,
                ".dagster/repository": f"{REPOSITORY}@{CODE_LOCATION}",
            },
            asset_selection=_all_but(*_idle(named, key)),
            remote_job_origin=RemoteRepositoryOrigin(code_location, REPOSITORY).get_job_origin(JOB),
            job_code_origin=job.get_python_origin(),
        )
    logging.getLogger(SKIPPED_STEPS).setLevel(logging.ERROR)
    return execute_run(job, run, instance, raise_on_error=True).dagster_run


def _idle(named: Named, key: str) -> list[str]:
    """Assets that this run has no work for: a step costs 0.3 s, also an idle one."""
    has_files = not named.get("input_samples", {}).get("embeddings")
    has_place = bool(named.get("datasource", {}).get("shared_dir"))
    is_of_platform = dataset_of_partition(key) is not None
    has_work = {
        "datapool": "datapool" in named,
        "processed_files": has_files,
        "lightly_thumbnails": is_of_platform or (has_files and has_place and bool(thumbnail_suffix_of(key))),
        "uploaded_pictures": bool(named.get("uploaded_pictures", {}).get("upload_dataset")),
        "platform_samples": is_of_platform,
    }
    return [asset for asset, needed in has_work.items() if not needed]


def _all_but(*assets: str) -> set[AssetKey]:
    return set(defs.resolve_all_asset_keys()) - {AssetKey(asset) for asset in assets}


def _step_seconds(instance: DagsterInstance, run_id: str) -> dict[str, float]:
    steps = {stats.step_key: stats for stats in instance.get_run_step_stats(run_id)}
    return {
        name: stats.end_time - stats.start_time
        for name, stats in sorted(steps.items(), key=lambda item: item[1].start_time or 0.0)
        if name in STAGES and stats.start_time and stats.end_time
    }


def _fault(error: Exception) -> Exception:
    """An InputError where a user can mend the cause, which Dagster may have wrapped; else the error itself."""
    if fault := instance_fault(error):
        return fault
    # A full disk shows in many ways.
    if shutil.disk_usage(home()).free < FULL_DISK_BYTES:
        return InputError(f"{home()}: the disk is full; free some space there, or set DAGSTER_HOME")
    return error
