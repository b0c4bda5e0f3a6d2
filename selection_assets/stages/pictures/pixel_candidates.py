"""Which pictures may have equal pixels, from the keys that their checks left (`pixel_key`).

It may say "perhaps equal" of different pictures, but never "different" of pictures whose full pixels are equal;
`pixel_digest` tells for certain, for the price of decoding each candidate whole.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

# How far the cells of two pictures with equal full pixels may be apart, where one is a JPEG that was reduced while it
# was decoded: 12 at most over noise, stripes and dots of 0 and 255 in qualities from 3 to 95; ordinary ones: 1.
TOLERANCE = 16
_WIDTH = 2 * TOLERANCE
# Cells by which pictures are sorted into boxes; pictures that share a box are then compared in all cells.
_SORTED_BY = (0, 3, 5, 10, 12, 15)
_LARGEST_COMPARED = 2048  # rows of a box; of a larger one all are candidates


def candidate_groups(pixel_keys: Sequence[str]) -> list[list[int]]:
    """Groups of rows among which all equal pictures are.

    Pictures that were decoded in the same way are compared exactly: all that were decoded whole among themselves, and
    JPEGs that were coded alike. Only between pictures of different coding cells are compared with a tolerance. So of N
    frames of a parked camera none is a candidate for being similar; of a folder in which each frame lies as JPEG and as
    PNG all are.

    Args:
        pixel_keys: (N,) `ImageCheck.pixel_key` of healthy pictures.

    Returns:
        Disjoint groups of two or more rows, each ascending, ordered by their first row. Two pictures with equal full
        pixels are always in one group; a row in no group has no duplicate.
    """
    parents = list(range(len(pixel_keys)))
    by_size: dict[str, list[int]] = defaultdict(list)
    by_exact: dict[str, int] = {}
    parts = [key.split("|") for key in pixel_keys]
    for row, (size, coding, exact, _) in enumerate(parts):
        first = by_exact.setdefault(f"{size}|{coding}|{exact}", row)
        _join(parents, first, row)
        if first == row:
            by_size[size].append(row)
    for rows in by_size.values():
        codings = np.unique([parts[row][1] for row in rows], return_inverse=True)[1]
        if codings.max(initial=0) > 0:
            grids = np.array([list(bytes.fromhex(parts[row][3])) for row in rows], np.int16)
            for one, other in _near(grids, codings):
                _join(parents, rows[one], rows[other])
    groups: dict[int, list[int]] = defaultdict(list)
    for row in range(len(parts)):
        groups[_root(parents, row)].append(row)
    return sorted(rows for rows in groups.values() if len(rows) > 1)


def _near(grids: NDArray[np.int16], codings: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Pairs of rows that join all rows of different coding whose cells are all within the tolerance."""
    boxes: dict[tuple[int, ...], list[int]] = defaultdict(list)
    # Each number stands for the stretch of half a tolerance around it; two that are near touch one box in common.
    lowest = (grids[:, _SORTED_BY] * 2 - TOLERANCE) // (2 * _WIDTH)
    highest = (grids[:, _SORTED_BY] * 2 + TOLERANCE) // (2 * _WIDTH)
    for row, ends in enumerate(zip(lowest.tolist(), highest.tolist(), strict=True)):
        for box in product(*({low, high} for low, high in zip(*ends, strict=True))):
            boxes[box].append(row)
    pairs: list[tuple[int, int]] = []
    for members in boxes.values():
        rows = np.array(members)
        if len(rows) < 2 or (codings[rows] == codings[rows[0]]).all():
            continue
        if len(rows) > _LARGEST_COMPARED:
            pairs.extend((members[0], other) for other in members[1:])
            continue
        for at, row in enumerate(members[:-1]):
            later = rows[at + 1 :]
            near = (np.abs(grids[later] - grids[row]) <= TOLERANCE).all(axis=1) & (codings[later] != codings[row])
            pairs.extend((row, int(other)) for other in later[near])
    return pairs


def _root(parents: list[int], row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


def _join(parents: list[int], one: int, other: int) -> None:
    first, second = sorted((_root(parents, one), _root(parents, other)))
    parents[second] = first
