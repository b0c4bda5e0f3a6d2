"""Times of a cron expression, in a time zone. Dagster's own reading of it, as its schedules have."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from configs.errors import InputError


def check_cron(cron: str, timezone: str) -> None:
    """Raises InputError for an expression or a time zone that is none."""
    from dagster._utils.schedules import is_valid_cron_string

    if cron and not is_valid_cron_string(cron):
        raise InputError(f'cron: {cron!r} is no cron expression; write five fields, such as "0 3 * * *" (at 3:00)')
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise InputError(f"timezone: {timezone!r} is no time zone; write UTC, or a name as Europe/Berlin") from None


def latest_due(cron: str, timezone: str, now: float) -> float:
    """The last of the times that is not after `now`. Seconds since 1970, as `now`."""
    from dagster._utils.schedules import get_latest_completed_cron_tick

    return get_latest_completed_cron_tick(cron, datetime.fromtimestamp(now, UTC), timezone).timestamp()
