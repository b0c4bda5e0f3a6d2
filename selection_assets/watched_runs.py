"""The sensor `watched_runs`: what `winnow ui` does for runs, where Dagster's own processes are started without it."""

from dagster import DefaultSensorStatus, SensorEvaluationContext, SkipReason, sensor

from resources.killed_runs import end_killed_runs
from resources.queued_runs import tell_queued_runs


@sensor(
    minimum_interval_seconds=15,
    default_status=DefaultSensorStatus.RUNNING,
    description="Notes the end of runs whose process was killed, and says to queued runs what they wait for.",
)
def watched_runs(context: SensorEvaluationContext) -> SkipReason:
    ended = end_killed_runs(context.instance)
    tell_queued_runs(context.instance, set())
    return SkipReason(f"ended {', '.join(run_id[:8] for run_id in ended)}" if ended else "no run was killed")
