"""The one place that wires assets, checks, jobs and resources together."""

from typing import Any

from dagster import (
    Definitions,
    JobDefinition,
    in_process_executor,
    load_assets_from_modules,
)
from upath import UPath

from resources.datasource import DatasourceResource
from resources.home import home
from resources.run_folder import RunFolderResource
from resources.sample_cache import SampleCacheResource
from resources.table_io_manager import TableIOManager
from selection_assets.assets import (
    checked_samples,
    checkpoint,
    datapool,
    dedup_sets,
    embeddings,
    exported_samples,
    input_samples,
    normalized_embeddings,
    report,
    selected_samples,
)
from selection_assets.jobs import selection_job

ASSET_MODULES = [
    input_samples,
    checked_samples,
    checkpoint,
    embeddings,
    dedup_sets,
    normalized_embeddings,
    selected_samples,
    exported_samples,
    report,
    datapool,
]


def build_defs(**resources: Any) -> Definitions:
    """Winnow's definitions; `resources` replace those of the same name, e.g. in tests."""
    return Definitions(
        assets=load_assets_from_modules(ASSET_MODULES, group_name="winnow"),
        jobs=[selection_job],
        executor=in_process_executor,
        resources={
            "datasource": DatasourceResource(),
            "run_folder": RunFolderResource(),
            "sample_cache": SampleCacheResource(),
            "tables": TableIOManager(base_path=UPath(home() / "tables")),
            **resources,
        },
    )


defs = build_defs()


def resolved_selection_job() -> JobDefinition:
    """`selection_job` with its assets, in the form that a run in this process needs."""
    return defs.resolve_job_def("selection_job")
