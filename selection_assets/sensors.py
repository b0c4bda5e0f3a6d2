"""Sensors: what happens without a launch."""

from dagster import DefaultSensorStatus, SensorEvaluationContext, SkipReason, sensor

from resources.dataset_files import remove_files_of_others
from selection_assets.partitions import datasets


@sensor(
    name="deleted_datasets",
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Removes settings, tables and thumbnails of deleted datasets, as `winnow ui` does.",
)
def deleted_datasets(context: SensorEvaluationContext) -> SkipReason:
    gone = remove_files_of_others(lambda: context.instance.get_dynamic_partitions(str(datasets.name)))
    return SkipReason(f"removed the files of {', '.join(gone)}" if gone else "every dataset has its partition")
