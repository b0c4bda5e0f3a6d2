"""Jobs: `selection_job` materialises every asset of one dataset, with the executor of the definitions."""

from dagster import AssetSelection, define_asset_job

selection_job = define_asset_job(
    "selection_job",
    selection=AssetSelection.all(),
    description="From a dataset's images to a selected subset and a report.",
)
