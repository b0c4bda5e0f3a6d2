"""Ids of the platform: 24 hexadecimal digits."""

import re

from configs.errors import InputError

ID = re.compile("[0-9a-f]{24}")


def check_id(text: str, where: str) -> None:
    """Raises InputError, beginning with `where`, for what is no id."""
    if not ID.fullmatch(text):
        raise InputError(f"{where}: {text[:40]!a} is no id; ids have 24 hexadecimal digits")
