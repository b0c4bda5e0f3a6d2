"""How long what may be removed is kept: WINNOW_KEEP_DAYS."""

import os

from configs.errors import InputError

DAYS = "WINNOW_KEEP_DAYS"
DAY_SECONDS = 86_400


def keep_days() -> int | None:
    """Days, at least one; None where nobody asked for anything to be removed. Raises InputError for other values."""
    text = os.environ.get(DAYS, "").strip()
    return days_in(DAYS, text) if text else None


def days_in(option: str, text: str) -> int:
    """Whole days as `90` or `90d`. option: whose value it is, for the error."""
    digits = text.removesuffix("d")
    if not (digits.isascii() and digits.isdigit() and int(digits) > 0):
        raise InputError(f"{option}={text}: give whole days, at least one, such as 90d")
    return int(digits)
