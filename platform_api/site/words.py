"""Numbers and times as people read them."""

from datetime import UTC, datetime

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def ago(milliseconds: int, now: datetime | None = None) -> str:
    """`3 minutes ago`, of a time in ms since 1970."""
    seconds = ((now or datetime.now(UTC)) - moment(milliseconds)).total_seconds()
    for unit, length in _UNITS:
        if (number := int(seconds // length)) >= 1:
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def exact(milliseconds: int) -> str:
    return f"{moment(milliseconds):%Y-%m-%d %H:%M:%S} UTC"


def size(number: int) -> str:
    """`12.3 MB`, of bytes."""
    value = float(number)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
