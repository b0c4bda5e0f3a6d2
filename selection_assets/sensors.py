"""Sensors: what happens without a launch."""

import time
from functools import cache

from dagster import (
    AssetCheckEvaluation,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)
from dagster._core.utils import make_new_run_id

from resources.dataset_files import mirror_partitions
from selection_assets.checks import UP_TO_DATE, up_to_date
from selection_assets.jobs import selection_job
from selection_assets.partitions import datasets
from selection_assets.watching.looks import Looks, look
from selection_assets.watching.tick import tick

TICK_SECONDS = 40.0  # of looking; Dagster cuts a tick off after 60 s


@sensor(
    name="deleted_datasets",
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Keeps the catalog equal to the partitions, as `winnow ui` does: deleted datasets leave nothing.",
)
def deleted_datasets(context: SensorEvaluationContext) -> SkipReason:
    gone = mirror_partitions(lambda: context.instance.get_dynamic_partitions(str(datasets.name)))
    return SkipReason(f"removed the files of {', '.join(gone)}" if gone else "every dataset has its partition")


@sensor(
    name="watched_datasets",
    job=selection_job,
    minimum_interval_seconds=15,
    default_status=DefaultSensorStatus.RUNNING,
    description="Begins runs of datasets that ask for it: when files arrive (--watch), and at fixed times (--cron).",
)
def watched_datasets(context: SensorEvaluationContext) -> SensorResult | SkipReason:
    found = tick(context.instance, _looks(), time.time, TICK_SECONDS)
    for dataset, reason in found.late.items():
        _say_late(context.instance, dataset, reason)
    requests = [
        RunRequest(run_key=each.run_key, partition_key=each.dataset, tags={"winnow/begun_by": "watched_datasets"})
        for each in found.begin
    ]
    return SensorResult(run_requests=requests) if requests else SkipReason("nothing begins now")


def _say_late(instance: DagsterInstance, dataset: str, reason: str) -> None:
    """As the check of its partition. Not by `report_runless_asset_event`, which keeps one result only."""
    said = up_to_date(late_because=reason)
    evaluation = AssetCheckEvaluation(
        asset_key=UP_TO_DATE.asset_key,
        check_name=UP_TO_DATE.name,
        passed=said.passed,
        metadata=said.metadata,
        severity=said.severity,
        partition=dataset,
    )
    kind = DagsterEventType.ASSET_CHECK_EVALUATION.value
    event = DagsterEvent(kind, job_name=watched_datasets.name, event_specific_data=evaluation)
    instance.report_dagster_event(event, make_new_run_id())


@cache
def _looks() -> Looks:
    """One for the process, whose looks outlast a tick."""
    return Looks(look)
