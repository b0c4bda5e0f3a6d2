"""Runs `selection_job` in this process, on the instance that the Dagster UI shows.

What a run does is decided by its typed config; here it is only started.
"""

import json
import os
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from dagster import (
    AssetKey,
    DagsterExecutionInterruptedError,
    DagsterInstance,
    DagsterRunStatus,
    Failure,
    RunsFilter,
    execute_job,
    reconstructable,
)

from configs.errors import InputError
from configs.run_settings import STAGES, Named, resolve, to_run_config
from resources.dataset_settings import store_settings
from resources.home import home
from resources.run_folder import FOLDER_TAG, OVERRIDES_TAG
from selection_assets.captured_output import live_terminal
from selection_assets.definitions import defs, resolved_selection_job
from selection_assets.open_databases import open_databases
from selection_assets.partitions import dataset_key, datasets

CODE_LOCATION = "selection_assets.definitions"
PROCESS_TAG = "winnow/process"  # on the Dagster run: which process it is
FULL_DISK_BYTES = 1 << 20


@dataclass(frozen=True)
class FinishedRun:
    """A run that succeeded."""

    run_id: str
    folder: Path
    dataset: str
    step_seconds: dict[str, float]  # per asset, in the order of the run
    seconds: float


def launch(named: Named, dataset: str, overrides: list[str]) -> FinishedRun:
    """Run the job on a dataset, which is created where it is new; its settings are stored for later runs.

    named: what the caller names, see `configs.run_settings.Named`.
    overrides: the command line's tokens, for the copy in the run folder.

    Raises InputError for what the user can mend, KeyboardInterrupt for SIGINT and SIGTERM, and the original error for
    the rest.
    """
    started = time.perf_counter()
    key = dataset_key(dataset)
    resolve(named)  # a value that does not fit ends here, in one line
    home()
    with open_databases(), live_terminal(), DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(str(datasets.name), [key])
        store_settings(key, named)
        _end_killed_runs(instance)
        try:
            result = execute_job(
                reconstructable(resolved_selection_job),
                instance=instance,
                run_config={**to_run_config(named), "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                tags={
                    "dagster/partition": key,
                    OVERRIDES_TAG: json.dumps(overrides),
                    PROCESS_TAG: _process(os.getpid()),
                    ".dagster/repository": f"__repository__@{CODE_LOCATION}",
                },
                raise_on_error=True,
                asset_selection=None if "datapool" in named else _all_but("datapool"),
            )
        except DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
        except Failure as failure:
            raise InputError(failure.description or "the run failed") from None
        except Exception:
            # Dagster's event log is a database that reports a full disk in many ways.
            if shutil.disk_usage(home()).free < FULL_DISK_BYTES:
                raise InputError(f"{home()}: the disk is full; free some space there, or set DAGSTER_HOME") from None
            raise
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        steps = {stats.step_key: stats for stats in instance.get_run_step_stats(run.run_id)}
        times = {
            name: stats.end_time - stats.start_time
            for name, stats in sorted(steps.items(), key=lambda item: item[1].start_time or 0.0)
            if name in STAGES and stats.start_time and stats.end_time
        }
        return FinishedRun(run.run_id, Path(run.tags[FOLDER_TAG]), key, times, time.perf_counter() - started)


def _all_but(asset: str) -> list[AssetKey]:
    """Keys of the assets that a run without work for this one makes: a step costs 0.3 s, also an idle one."""
    return [key for key in defs.resolve_all_asset_keys() if key != AssetKey(asset)]


def _end_killed_runs(instance: DagsterInstance) -> None:
    """Note the end of runs whose process was killed: else they would hold their place in the pool `gpu` for ever."""
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])):
        host, _, rest = run.tags.get(PROCESS_TAG, "").partition(" ")
        pid = rest.partition(" ")[0]
        if host == socket.gethostname() and pid.isdigit() and run.tags[PROCESS_TAG] != _process(int(pid)):
            instance.report_run_failed(run, "The process of this run was killed.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _process(pid: int) -> str:
    """Host, id and start of a process, since ids are used again; without a start where there is none of this id."""
    try:
        return f"{socket.gethostname()} {pid} {psutil.Process(pid).create_time():.0f}"
    except psutil.Error:
        return f"{socket.gethostname()} {pid}"
