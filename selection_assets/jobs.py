"""Jobs: `selection_job` materialises every asset of one dataset.

One process per run: torch is imported once, not once per step.
"""

from dagster import AssetSelection, define_asset_job, in_process_executor

selection_job = define_asset_job(
    "selection_job",
    selection=AssetSelection.all(),
    executor_def=in_process_executor,
    description="From a dataset's images to a selected subset and a report.",
)
