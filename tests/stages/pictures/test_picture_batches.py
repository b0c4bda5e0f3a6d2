from collections.abc import Iterator

import numpy as np
import pytest

from selection_assets.stages.pictures.picture_batches import picture_batches


@pytest.mark.parametrize(("count", "batch_size"), [(0, 3), (1, 3), (3, 3), (7, 3), (7, 1), (7, 100)])
def test_all_pictures_in_order_in_batches_of_one_shape(count: int, batch_size: int) -> None:
    pictures = np.random.default_rng(0).integers(1, 256, (count, 4, 4, 3), dtype=np.uint8)
    batches = list(picture_batches(iter(pictures), batch_size))
    assert len(batches) == -(-count // batch_size)
    assert [row for batch in batches for row in batch.rows.tolist()] == list(range(count))
    for batch in batches:
        filled = len(batch.rows)
        assert batch.rows.dtype == np.int64 and batch.pixels.shape == (batch_size, 4, 4, 3)
        assert np.array_equal(batch.pixels[:filled], pictures[batch.rows])
        assert not batch.pixels[filled:].any()
    assert all(len(batch.rows) == batch_size for batch in batches[:-1])


def test_a_batch_is_not_changed_by_the_next() -> None:
    pictures = np.arange(8, dtype=np.uint8).reshape(8, 1, 1, 1)
    batches = picture_batches(pictures, 2)
    first, second = next(batches), next(batches)
    assert (first.pixels.ravel().tolist(), second.pixels.ravel().tolist()) == ([0, 1], [2, 3])


def test_pictures_are_taken_as_batches_are_asked_for_and_closed_with_them() -> None:
    taken: list[int] = []

    def pictures() -> Iterator[np.ndarray]:
        try:
            for number in range(100):
                taken.append(number)
                yield np.full((2, 2, 3), number, np.uint8)
        finally:
            taken.append(-1)

    batches = picture_batches(pictures(), 4)
    next(batches)
    assert taken == [0, 1, 2, 3]
    batches.close()
    assert taken == [0, 1, 2, 3, -1]
