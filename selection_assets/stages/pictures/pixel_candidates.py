"""Which pictures may have equal pixels, from what the check of each has seen.

A key is cheap, because it is made of the reduced picture that a check decodes anyway; so it may say "perhaps equal" of
different pictures, but never "different" of pictures whose full pixels are equal. `pixel_digest` tells for certain.
"""

from collections.abc import Sequence


def candidate_groups(pixel_keys: Sequence[str]) -> list[list[int]]:
    """Groups of rows among which all equal pictures are.

    Args:
        pixel_keys: (N,) `ImageCheck.pixel_key` of healthy pictures.

    Returns:
        Disjoint groups of two or more rows, each ascending, ordered by their first row. Two pictures with equal full
        pixels are always in one group; a row in no group has no duplicate.
    """
    groups: dict[str, list[int]] = {}
    for row, key in enumerate(pixel_keys):
        groups.setdefault(key.split("|")[0], []).append(row)
    return [rows for rows in groups.values() if len(rows) > 1]
