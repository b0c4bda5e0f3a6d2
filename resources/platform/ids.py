"""Ids of the platform: 24 lowercase hexadecimal digits, as its scripts check them."""

import re
import secrets
import time

ID = re.compile(r"[0-9a-f]{24}")


def new_id() -> str:
    return secrets.token_hex(12)


def now_ms() -> int:
    """Milliseconds since 1970, as the platform counts."""
    return time.time_ns() // 1_000_000
