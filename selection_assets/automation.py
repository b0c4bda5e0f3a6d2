"""When an asset is made again without a launch: what it was made from has changed, and is sound."""

from dagster import AssetSelection, AutomationCondition, AutomationConditionSensorDefinition, DefaultSensorStatus

_changed = AutomationCondition.data_version_changed() & ~AutomationCondition.executed_with_root_target()

# Not Dagster's `eager`: that also makes what is missing, and again what was made anew and is the same. A run that makes
# an asset and what it was made from counts as one.
FOLLOWS_UPSTREAM = (
    AutomationCondition.any_deps_match(_changed | AutomationCondition.will_be_requested()).since_last_handled()
    & ~AutomationCondition.missing()
    & ~AutomationCondition.any_deps_missing()
    & ~AutomationCondition.any_deps_in_progress()
    & ~AutomationCondition.in_progress()
    & AutomationCondition.all_deps_blocking_checks_passed()
).with_label("follows_upstream")

follow_upstream = AutomationConditionSensorDefinition(
    "follow_upstream",
    target=AssetSelection.all(),
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.STOPPED,
    description="Makes again what lies downstream of an asset that has changed, with the settings stored with its "
    "dataset, unless a blocking check of that dataset failed. Switch it on where that is wanted.",
)
