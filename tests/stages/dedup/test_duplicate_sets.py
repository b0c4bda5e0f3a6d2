import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from selection_assets.stages.dedup.duplicate_sets import duplicate_sets


def closure(count: int, equal: list[list[int]]) -> np.ndarray:
    """(N, N): which rows are in one set, by repeated multiplication."""
    same = np.eye(count, dtype=bool)
    for group in equal:
        for one in group:
            same[one, group] = True
    for _ in range(count):
        same = (same.astype(int) @ same.astype(int)) > 0
    return same


def one_by_one(same: np.ndarray, preferred: np.ndarray, lasting: np.ndarray) -> tuple[list[int], list[int]]:
    count, sets = len(same), 0
    kept, group = list(range(count)), [-1] * count
    for row in range(count):
        rows = np.flatnonzero(same[row]).tolist()
        if group[row] >= 0 or len(rows) < 2:
            continue
        stays = next((other for other in rows if preferred[other]), rows[0])
        stays = next((other for other in rows if lasting[other]), stays)
        for other in rows:
            kept[other], group[other] = other if lasting[other] else stays, sets
        sets += 1
    return kept, group


@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(1, 15))
def test_same_as_row_by_row(data: st.DataObject, count: int) -> None:
    rows = st.lists(st.integers(0, count - 1), max_size=4, unique=True)
    equal = data.draw(st.lists(rows, max_size=8))
    preferred, lasting = (data.draw(arrays(np.bool_, count)) for _ in range(2))
    found = duplicate_sets(count, equal, preferred=preferred, lasting=lasting)
    kept, group = one_by_one(closure(count, equal), preferred, lasting)
    assert found.kept.tolist() == kept
    assert found.group.tolist() == group


def test_first_row_stays_unless_another_is_preferred() -> None:
    equal = [[1, 4], [0, 2, 3]]
    assert duplicate_sets(5, equal).kept.tolist() == [0, 1, 0, 0, 1]
    assert duplicate_sets(5, equal).group.tolist() == [0, 1, 0, 0, 1]
    found = duplicate_sets(5, equal, preferred=np.array([False, False, False, True, True]))
    assert found.kept.tolist() == [3, 4, 3, 3, 4]
    assert found.dropped_rows.tolist() == [0, 1, 2]


def test_members_of_a_datapool_all_stay() -> None:
    found = duplicate_sets(
        4,
        [[0, 1, 2, 3]],
        preferred=np.array([True, False, False, False]),
        lasting=np.array([False, False, True, True]),
    )
    assert found.kept.tolist() == [2, 2, 2, 3]


def test_a_long_chain_of_groups_is_one_set() -> None:
    count = 20_000
    found = duplicate_sets(count, ([row, row + 1] for row in reversed(range(count - 1))))
    assert not found.kept.any() and not found.group.any()


def test_no_duplicates() -> None:
    found = duplicate_sets(3, [])
    assert found.kept.tolist() == [0, 1, 2] and found.group.tolist() == [-1, -1, -1]
    assert duplicate_sets(0, []).kept.tolist() == []
