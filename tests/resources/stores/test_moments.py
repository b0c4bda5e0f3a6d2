from datetime import UTC, datetime, timedelta

from resources.stores.moments import nanoseconds


def test_microseconds_are_kept() -> None:
    start = datetime(2026, 11, 27, 4, 38, 27, 955_000, tzinfo=UTC)
    for number in range(0, 3_000, 7):
        assert nanoseconds(start + timedelta(microseconds=number)) == 1_795_754_307_955_000_000 + number * 1_000
