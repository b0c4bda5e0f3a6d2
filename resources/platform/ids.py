"""Ids of the platform: 24 lowercase hexadecimal digits, as its scripts check them."""

import re
import secrets
import time

PATTERN = "^[a-f0-9]{24}$"
ID = re.compile(PATTERN)


def new_id() -> str:
    return secrets.token_hex(12)


def now_ms() -> int:
    """Milliseconds since 1970, as the platform counts."""
    return time.time_ns() // 1_000_000
