"""The one place that wires assets, checks, jobs, schedules, sensors and resources together."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import (
    AssetChecksDefinition,
    AssetsDefinition,
    Definitions,
    ExecutorDefinition,
    JobDefinition,
    ScheduleDefinition,
    SensorDefinition,
    in_process_executor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from resources.datasource import datasource
from resources.run_session import run_session
from resources.sample_cache import sample_cache
from resources.tables import tables
from resources.thumbnail_packs import thumbnail_packs
from selection_assets.assets.checked_samples import checked_samples
from selection_assets.assets.checkpoint import checkpoint
from selection_assets.assets.datapool import datapool
from selection_assets.assets.datapool_members import datapool_members
from selection_assets.assets.dedup_sets import dedup_sets
from selection_assets.assets.embeddings import embeddings
from selection_assets.assets.exported_samples import exported_samples
from selection_assets.assets.input_samples import input_samples
from selection_assets.assets.lightly_thumbnails import lightly_thumbnails
from selection_assets.assets.normalized_embeddings import normalized_embeddings
from selection_assets.assets.platform_samples import platform_samples
from selection_assets.assets.processed_files import processed_files
from selection_assets.assets.report import report
from selection_assets.assets.selected_samples import selected_samples
from selection_assets.assets.uploaded_pictures import uploaded_pictures
from selection_assets.automation import follow_upstream
from selection_assets.daily_clean import clean_job, daily_clean
from selection_assets.embedding_jobs.definition import embedding_job
from selection_assets.jobs import selection_job
from selection_assets.platform_jobs import platform_jobs
from selection_assets.sensors import deleted_datasets, watched_datasets
from selection_assets.watched_runs import watched_runs

ASSETS = (
    input_samples,
    datapool_members,
    checked_samples,
    checkpoint,
    embeddings,
    dedup_sets,
    normalized_embeddings,
    selected_samples,
    exported_samples,
    lightly_thumbnails,
    uploaded_pictures,
    report,
    datapool,
    platform_samples,
    processed_files,
)
RESOURCES = {
    "datasource": datasource,
    "run_folder": run_session,
    "sample_cache": sample_cache,
    "thumbnail_packs": thumbnail_packs,
    "tables": tables,
}


def build_defs(
    *,
    assets: Sequence[AssetsDefinition] = ASSETS,
    checks: Sequence[AssetChecksDefinition] = (),
    jobs: Sequence[JobDefinition | UnresolvedAssetJobDefinition] = (selection_job, embedding_job, clean_job),
    schedules: Sequence[ScheduleDefinition] = (daily_clean,),
    sensors: Sequence[SensorDefinition] = (
        deleted_datasets,
        watched_datasets,
        watched_runs,
        follow_upstream,
        platform_jobs,
    ),
    resources: Mapping[str, Any] | None = None,
    executor: ExecutorDefinition = in_process_executor,
) -> Definitions:
    """Winnow's definitions. Each argument replaces what is there by default; `resources` only those of the same name.

    Nothing is read from the world here: resources look for the state folder when a run makes them.
    """
    return Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=jobs,
        schedules=schedules,
        sensors=sensors,
        executor=executor,
        resources={**RESOURCES, **(resources or {})},
    )


defs = build_defs()


def resolved_selection_job() -> JobDefinition:
    """`selection_job` with its assets, in the form that a run in this process needs."""
    return defs.resolve_job_def("selection_job")
