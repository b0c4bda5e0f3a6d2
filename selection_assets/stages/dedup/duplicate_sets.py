"""Who stays of each set of exact duplicates. How duplicates are found does not belong here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class DuplicateSets:
    """Per row (N,): the row that stays for it (itself where it stays), and its set (-1 where it has no duplicate)."""

    kept: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def dropped_rows(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.kept != np.arange(len(self.kept)))


def duplicate_sets(
    count: int,
    equal: Iterable[Sequence[int]],
    *,
    preferred: NDArray[np.bool_] | None = None,
    lasting: NDArray[np.bool_] | None = None,
) -> DuplicateSets:
    """Sets among rows 0 to `count` - 1, numbered in the order of their first rows.

    Args:
        equal: groups of equal rows; groups that share a row are one set.
        preferred: (N,) pre-selected rows: the first of them in a set stays, otherwise the set's first row. Exactly one
            row of a set stays, also where several are preferred.
        lasting: (N,) members of a datapool: all of them stay, and the first of them in a set for its other rows.
    """
    kept, group = np.arange(count), np.full(count, -1, np.int64)
    for number, rows in enumerate(_joined(equal)):
        stays = rows[0] if preferred is None else next((row for row in rows if preferred[row]), rows[0])
        members = [] if lasting is None else [row for row in rows if lasting[row]]
        kept[rows], group[rows] = (members[0] if members else stays), number
        kept[members] = members
    return DuplicateSets(kept, group)


def _joined(groups: Iterable[Sequence[int]]) -> list[list[int]]:
    """Groups that share rows as one, of two rows or more, ascending, in the order of their first rows."""
    pairs = [(group[0], row) for group in groups for row in group]
    if not pairs:
        return []
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    first, second = np.array(pairs).T
    shape = (int(second.max()) + 1,) * 2
    _, set_of = connected_components(coo_array((np.ones(len(pairs), bool), (first, second)), shape), directed=False)
    sets: dict[int, list[int]] = {}
    for row in sorted({row for pair in pairs for row in pair}):
        sets.setdefault(int(set_of[row]), []).append(row)
    return [rows for rows in sets.values() if len(rows) > 1]
