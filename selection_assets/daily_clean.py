"""The schedule `daily_clean`: what `winnow clean` does, every night, where WINNOW_KEEP_DAYS is set."""

import time

from dagster import (
    DefaultScheduleStatus,
    Failure,
    OpExecutionContext,
    RunRequest,
    ScheduleEvaluationContext,
    SkipReason,
    job,
    op,
    schedule,
)

from configs.errors import InputError
from resources.cleaning.keep_days import DAY_SECONDS, DAYS, keep_days
from selection_assets.partitions import datasets


@op(description="Removes what is older than WINNOW_KEEP_DAYS days and not needed any more, as `winnow clean` does.")
def remove_what_is_old(context: OpExecutionContext) -> None:
    from resources.cleaning.clean import clean  # no other run needs what it imports

    try:
        days = keep_days()
        if days is None:
            raise InputError(f"{DAYS} is not set, so that nothing is old; set it to a number of days, such as 90")
        before = time.time() - days * DAY_SECONDS
        removed = clean(context.instance, lambda: context.instance.get_dynamic_partitions(str(datasets.name)), before)
    except InputError as error:
        raise Failure(description=str(error), allow_retries=False) from None
    for each in removed:
        context.log.info(each.line)
    context.add_output_metadata({each.what: each.count for each in removed} | {"bytes": sum(e.size for e in removed)})


@job(description="What `winnow clean` does, with WINNOW_KEEP_DAYS.")
def clean_job() -> None:
    remove_what_is_old()


@schedule(
    job=clean_job,
    cron_schedule="30 3 * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Every night, where WINNOW_KEEP_DAYS is set: removes old runs and what nobody needs any more.",
)
def daily_clean(_: ScheduleEvaluationContext) -> RunRequest | SkipReason:
    return RunRequest() if keep_days() else SkipReason(f"{DAYS} is not set: everything is kept")
