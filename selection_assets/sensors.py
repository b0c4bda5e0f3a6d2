"""Sensors: what happens without a launch."""

from dagster import DefaultSensorStatus, SensorEvaluationContext, SkipReason, sensor

from resources.dataset_files import mirror_partitions
from selection_assets.partitions import datasets


@sensor(
    name="deleted_datasets",
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Keeps the catalog equal to the partitions, as `winnow ui` does: deleted datasets leave nothing.",
)
def deleted_datasets(context: SensorEvaluationContext) -> SkipReason:
    gone = mirror_partitions(lambda: context.instance.get_dynamic_partitions(str(datasets.name)))
    return SkipReason(f"removed the files of {', '.join(gone)}" if gone else "every dataset has its partition")
