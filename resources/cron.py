"""Times of a cron expression, in a time zone. Dagster's own reading of it, as its schedules have."""

import re
from datetime import UTC, datetime
from zoneinfo import available_timezones

from configs.errors import InputError

_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})


def check_cron(cron: str, timezone: str) -> None:
    """Raises InputError for an expression or a time zone that is none."""
    from dagster._utils.schedules import is_valid_cron_string

    if cron and (not is_valid_cron_string(cron) or _is_random(cron)):
        raise InputError(f'cron: {cron!r} is no cron expression; write five fields, such as "0 3 * * *" (at 3:00)')
    if timezone not in available_timezones() - _NO_ZONES:
        raise InputError(f"timezone: {timezone!r} is no time zone; write UTC, or a name as Europe/Berlin")
    if cron and not _comes(cron):
        raise InputError(f"cron: {cron!r} never comes: its months have no such days; change one of them")


def _is_random(cron: str) -> bool:
    """Whether the R of croniter is in it: a time that each process draws for itself."""
    return not cron.startswith("@") and any(re.search(r"\br\b|\br\(", field) for field in cron.lower().split())


def _comes(cron: str) -> bool:
    """Whether there is a time before and after now: days of some months are in no year, and Dagster looks for one."""
    now = datetime.now(UTC).timestamp()
    try:
        return bool(latest_due(cron, "UTC", now)) and bool(latest_due(cron, "UTC", now + 8 * 366 * 86_400.0))
    except Exception:  # of croniter, which Dagster brings along
        return False


def latest_due(cron: str, timezone: str, now: float) -> float:
    """The last of the times that is not after `now`. Seconds since 1970, as `now`."""
    from dagster._utils.schedules import get_latest_completed_cron_tick

    return get_latest_completed_cron_tick(cron, datetime.fromtimestamp(now, UTC), timezone).timestamp()
