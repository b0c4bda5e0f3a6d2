from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from selection_assets.stages.dedup import equal_vectors as module
from selection_assets.stages.dedup.equal_vectors import equal_vectors


def pairwise(vectors: np.ndarray, considered: list[int]) -> list[list[int]]:
    """Every row against every row."""
    groups: list[list[int]] = []
    for row in considered:
        if not any(row in group for group in groups):
            groups.append([other for other in considered if (vectors[other] == vectors[row]).all()])
    return [group for group in groups if len(group) > 1]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), count=st.integers(0, 30), dimensions=st.integers(1, 4))
def test_same_groups_as_the_pairwise_comparison(data: st.DataObject, count: int, dimensions: int) -> None:
    values = st.sampled_from([np.float32(v) for v in (0.0, -0.0, 1.0, 1.0000001, -1.0)])
    vectors = data.draw(arrays(np.float32, (count, dimensions), elements=values))
    considered = np.flatnonzero(data.draw(arrays(np.bool_, count)))
    assert equal_vectors(vectors, considered) == pairwise(vectors, considered.tolist())
    assert equal_vectors(vectors) == pairwise(vectors, list(range(count)))


def test_one_unit_in_the_last_place_is_another_vector() -> None:
    row = np.linspace(0.1, 1, 32, dtype=np.float32)
    other = row.copy()
    other[31] = np.nextafter(other[31], np.float32(2))
    assert equal_vectors(np.stack([row, other])) == []


class _SameKeys:
    """Keys that give every row the hash 0."""

    def __init__(self, _: int) -> None: ...

    def random_raw(self, count: int) -> Any:
        return np.zeros(count, np.uint64)


def test_hash_collisions_join_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.np.random, "PCG64", _SameKeys)
    vectors = np.random.default_rng(0).integers(0, 3, (200, 2)).astype(np.float32)
    vectors[7] = 9  # equals no other, and has their hash
    assert equal_vectors(vectors) == pairwise(vectors, list(range(200)))


def test_blocks_and_memory_mapped_vectors(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_ROWS", 7)
    vectors = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    vectors[30:40] = vectors[:10]
    np.save(tmp_path / "v.npy", vectors)
    found = equal_vectors(np.load(tmp_path / "v.npy", mmap_mode="r"))
    assert found == [[row, row + 30] for row in range(10)]
