"""Bit masks: which samples of a dataset, bit k for the sample of index k.

Stored as bytes, lowest bits first; on the wire a number in hexadecimal, `0x5` for the samples 0 and 2.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class BitMask:
    """bits: little-endian, without zeros at the end, so that equal masks are equal."""

    bits: bytes

    @classmethod
    def of_bytes(cls, bits: bytes) -> "BitMask":
        return cls(bits.rstrip(b"\0"))

    @classmethod
    def of_hex(cls, text: str) -> "BitMask":
        """text: `0x` and at least one digit. Raises ValueError for anything else."""
        digits = text.removeprefix("0x")
        if digits == text or not digits:
            raise ValueError("a mask is 0x and hexadecimal digits")
        return cls.of_bytes(bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))[::-1])

    @classmethod
    def of_indices(cls, indices: Iterable[int] | NDArray[np.integer]) -> "BitMask":
        """In any order."""
        wanted = indices if isinstance(indices, np.ndarray) else np.fromiter(indices, np.int64)
        if not len(wanted):
            return cls(b"")
        flags = np.zeros(int(wanted.max()) + 1, bool)
        flags[wanted] = True
        return cls(np.packbits(flags, bitorder="little").tobytes())

    @classmethod
    def full(cls, total: int) -> "BitMask":
        """All of `total` samples."""
        return cls(((1 << total) - 1).to_bytes((total + 7) // 8, "little"))

    def hex(self) -> str:
        return "0x" + (self.bits[::-1].hex().lstrip("0") or "0")

    def indices(self) -> NDArray[np.int64]:
        """(n,), ascending."""
        return np.flatnonzero(np.unpackbits(self._array(), bitorder="little"))

    def count(self) -> int:
        return int(np.bitwise_count(self._array()).sum())

    def length(self) -> int:
        """One more than the highest index; 0 for the empty mask."""
        return 8 * (len(self.bits) - 1) + self.bits[-1].bit_length() if self.bits else 0

    def __or__(self, other: "BitMask") -> "BitMask":
        longer, shorter = sorted((self._array(), other._array()), key=len, reverse=True)
        joined = longer.copy()
        joined[: len(shorter)] |= shorter
        return BitMask(joined.tobytes())

    def __and__(self, other: "BitMask") -> "BitMask":
        common = min(len(self.bits), len(other.bits))
        return BitMask.of_bytes((self._array()[:common] & other._array()[:common]).tobytes())

    def __sub__(self, other: "BitMask") -> "BitMask":
        left = self._array().copy()
        common = min(len(left), len(other.bits))
        left[:common] &= ~other._array()[:common]
        return BitMask.of_bytes(left.tobytes())

    def _array(self) -> NDArray[np.uint8]:
        return np.frombuffer(self.bits, np.uint8)
