import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from configs.errors import InputError
from resources.cron import check_cron, latest_due


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("cron", "zone", "now", "due"),
    [
        ("0 3 * * *", "UTC", "2026-03-05 02:59:59", "2026-03-04 03:00"),
        ("0 3 * * *", "UTC", "2026-03-05 03:00:01", "2026-03-05 03:00"),
        ("*/15 * * * *", "UTC", "2026-03-05 03:29:00", "2026-03-05 03:15"),
        ("30 8 * * 1", "Europe/Berlin", "2026-07-08 12:00", "2026-07-06 08:30"),  # a Monday
        ("30 8 * * 1", "Europe/Berlin", "2026-01-07 12:00", "2026-01-05 08:30"),  # in winter, too
    ],
)
def test_the_last_time_that_is_due(cron: str, zone: str, now: str, due: str) -> None:
    assert latest_due(cron, zone, at(now, zone)) == at(due, zone)


@pytest.mark.parametrize(
    ("cron", "zone", "message"),
    [
        ("0 25 * * *", "UTC", "cron: '0 25 * * *' is no cron expression"),
        ("* * * * * *", "UTC", "cron: '* * * * * *' is no cron expression"),
        ("daily", "UTC", "cron: 'daily' is no cron expression"),
        ("0 0 30 2 *", "UTC", "cron: '0 0 30 2 *'"),
        ("0 0 31 2,4 *", "UTC", "cron: '0 0 31 2,4 *' never comes: its months have no such days"),
        ("0 0 30,31 2 *", "UTC", "cron: '0 0 30,31 2 *' never comes"),
        ("R 0 * * *", "UTC", "cron: 'R 0 * * *' is no cron expression"),
        ("0 R(1-3) * * *", "UTC", "cron: '0 R(1-3) * * *' is no cron expression"),
        ("", "Factory", "timezone: 'Factory' is no time zone"),
        ("", "posixrules", "timezone: 'posixrules' is no time zone"),
        ("", "Berlin", "timezone: 'Berlin' is no time zone"),
        ("", "../../etc/passwd", "timezone: '../../etc/passwd' is no time zone"),
    ],
)
def test_what_is_none(cron: str, zone: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        check_cron(cron, zone)


def test_what_is_one() -> None:
    check_cron("", "UTC")
    check_cron("0 3 * * 1-5", "America/New_York")
    check_cron("@daily", "UTC")
    check_cron("@hourly", "Etc/GMT+3")
    check_cron("0 0 29 2 *", "UTC")
    check_cron("0 0 31 * fri", "UTC")
    check_cron("0 0 1 mar,apr *", "UTC")
