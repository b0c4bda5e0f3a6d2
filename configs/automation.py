"""When runs of a dataset begin by themselves: as the catalog keeps it, beside the settings of the runs."""

from typing import Annotated

from pydantic import Field

from configs.field_types import Flag, Number, Text, Whole
from configs.stages.base import StageConfig

DAY = 86_400.0


class Automation(StageConfig):
    """watch: start a run when files arrive. They are waited for until `quiet_seconds` have passed without a change and
    there are `min_files`, but not longer than `max_wait_seconds`. A run that failed is tried again, `attempts` times in
    all, unless a person has to mend something first.

    cron: start a run at these times, in the time zone `timezone`; one missed while nothing ran is made up for, once.
    Empty: at none.
    """

    watch: Flag = False
    quiet_seconds: Annotated[Number, Field(ge=0, le=DAY)] = 60.0
    min_files: Annotated[Whole, Field(ge=1, le=10**9)] = 1
    max_wait_seconds: Annotated[Number, Field(ge=0, le=30 * DAY)] = 3600.0
    attempts: Annotated[Whole, Field(ge=1, le=100)] = 3
    cron: Text = ""
    timezone: Text = "UTC"
