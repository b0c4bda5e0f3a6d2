from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from selection_assets.stages.dedup import exact_duplicates as module
from selection_assets.stages.dedup.exact_duplicates import exact_duplicates


def pairwise(
    vectors: np.ndarray, masked: np.ndarray, preferred: np.ndarray, lasting: np.ndarray
) -> tuple[list[int], list[int]]:
    """Every row against every row."""
    kept, group, sets = list(range(len(vectors))), [-1] * len(vectors), 0
    for row in range(len(vectors)):
        if masked[row] or group[row] >= 0:
            continue
        equal = [other for other in range(len(vectors)) if not masked[other] and (vectors[other] == vectors[row]).all()]
        if len(equal) > 1:
            stays = next((other for other in equal if preferred[other]), equal[0])
            stays = next((other for other in equal if lasting[other]), stays)
            for other in equal:
                kept[other], group[other] = other if lasting[other] else stays, sets
            sets += 1
    return kept, group


@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(0, 30), dimensions=st.integers(1, 4))
def test_same_sets_as_the_pairwise_comparison(data: st.DataObject, count: int, dimensions: int) -> None:
    values = st.sampled_from([np.float32(v) for v in (0.0, -0.0, 1.0, 1.0000001, -1.0)])
    vectors = data.draw(arrays(np.float32, (count, dimensions), elements=values))
    masked, preferred, lasting = (data.draw(arrays(np.bool_, count)) for _ in range(3))
    found = exact_duplicates(vectors, masked=masked, preferred=preferred, lasting=lasting)
    kept, group = pairwise(vectors, masked, preferred, lasting)
    assert found.kept.tolist() == kept
    assert found.group.tolist() == group


def test_first_row_stays_unless_another_is_preferred() -> None:
    vectors = np.array([[1, 2], [3, 4], [1, 2], [1, 2], [3, 4]], np.float32)
    assert exact_duplicates(vectors).kept.tolist() == [0, 1, 0, 0, 1]
    preferred = np.array([False, False, False, True, True])
    found = exact_duplicates(vectors, preferred=preferred)
    assert found.kept.tolist() == [3, 4, 3, 3, 4]
    assert found.dropped_rows.tolist() == [0, 1, 2]
    assert found.unique_rows.tolist() == [3, 4]
    assert found.confirmed_by_content is None


def test_members_of_a_datapool_all_stay() -> None:
    vectors = np.ones((4, 2), np.float32)
    found = exact_duplicates(
        vectors, preferred=np.array([True, False, False, False]), lasting=np.array([False, False, True, True])
    )
    assert found.kept.tolist() == [2, 2, 2, 3]
    assert found.unique_rows.tolist() == [2, 3]


def test_one_unit_in_the_last_place_is_no_duplicate() -> None:
    row = np.linspace(0.1, 1, 32, dtype=np.float32)
    other = row.copy()
    other[31] = np.nextafter(other[31], np.float32(2))
    assert exact_duplicates(np.stack([row, other])).dropped_rows.size == 0


def test_content_hashes_count_what_is_equal_byte_for_byte() -> None:
    vectors = np.ones((4, 3), np.float32)
    assert exact_duplicates(vectors, content_hashes=["a", "b", "a", "a"]).confirmed_by_content == 2


class _SameKeys:
    """Keys that give every row the hash 0."""

    def __init__(self, _: int) -> None: ...

    def random_raw(self, count: int) -> Any:
        return np.zeros(count, np.uint64)


def test_hash_collisions_join_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.np.random, "PCG64", _SameKeys)
    vectors = np.random.default_rng(0).integers(0, 3, (200, 2)).astype(np.float32)
    nothing = np.zeros(200, bool)
    assert exact_duplicates(vectors).kept.tolist() == pairwise(vectors, nothing, nothing, nothing)[0]


def test_blocks_and_memory_mapped_vectors(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_ROWS", 7)
    vectors = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    vectors[30:40] = vectors[:10]
    np.save(tmp_path / "v.npy", vectors)
    found = exact_duplicates(np.load(tmp_path / "v.npy", mmap_mode="r"))
    assert found.dropped_rows.tolist() == list(range(30, 40))
    assert found.kept[30:40].tolist() == list(range(10))
