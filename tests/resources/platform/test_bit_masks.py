"""Masks beside Python's sets and whole numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.platform.bit_masks import BitMask

INDICES = st.sets(st.integers(0, 300))


@pytest.fixture(autouse=True)
def catalog() -> None:
    """None is needed."""


def number(indices: set[int]) -> int:
    return sum(1 << index for index in indices)


@given(INDICES)
def test_a_mask_is_a_number_in_hexadecimal(indices: set[int]) -> None:
    mask = BitMask.of_indices(indices)
    assert mask.hex() == hex(number(indices))
    assert BitMask.of_hex(hex(number(indices))) == BitMask.of_hex("0x000" + mask.hex()[2:]) == mask
    assert mask.indices().tolist() == sorted(indices) and mask.count() == len(indices)
    assert mask.length() == number(indices).bit_length()
    assert mask.bits == number(indices).to_bytes(40, "little").rstrip(b"\0")
    assert BitMask.of_bytes(mask.bits + b"\0\0") == mask


@given(INDICES, INDICES)
def test_set_operations(left: set[int], right: set[int]) -> None:
    one, two = BitMask.of_indices(left), BitMask.of_indices(right)
    assert (one | two) == BitMask.of_indices(left | right)
    assert (one & two) == BitMask.of_indices(left & right)
    assert (one - two) == BitMask.of_indices(left - right)


@given(st.integers(0, 100))
def test_the_full_mask(total: int) -> None:
    assert BitMask.full(total) == BitMask.of_indices(range(total))
    assert BitMask.full(total).hex() == hex(2**total - 1)


@pytest.mark.parametrize("text", ["", "5", "0x", "0xg", "x05", "0x-1"])
def test_what_is_no_mask(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        BitMask.of_hex(text)
