"""Times of objects, the same from every listing."""

from datetime import datetime


def nanoseconds(moment: datetime) -> int:
    """Since 1970. Servers give no more than microseconds, which a float holds only nearly."""
    return round(moment.timestamp() * 1_000_000) * 1_000
