"""The vectors of a run's samples: what is remembered is taken, the rest computed; every row is filled, or the run ends.

The model and where vectors are remembered are the caller's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.errors import InputError

STORE_EVERY = 512  # vectors: what a killed run loses at most

Blocks = Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]


@dataclass(frozen=True)
class SampleVectors:
    """vectors (N, D) float32; how many different pictures were embedded now, and how many were remembered."""

    vectors: NDArray[np.float32]
    embedded: int
    remembered: int


def sample_vectors(
    keys: Sequence[str],
    dimensions: int,
    *,
    known: Callable[[Sequence[str]], Mapping[str, bytes]],
    remember: Callable[[Sequence[tuple[str, bytes]]], None],
    embed: Callable[[list[str]], Blocks],
    model_name: str,
) -> SampleVectors:
    """The vector of each sample.

    Args:
        keys: (N,) content keys; samples of one content share one vector.
        dimensions: D.
        known: up to 512 keys -> the remembered vectors among them, as the bytes of D float32.
        remember: keeps new ones; also called with what is done when the embedding fails halfway.
        embed: the different keys that are not known, in the order of their first rows -> blocks of (positions in that
            list, vectors). Not called where all are known.
        model_name: for the error.

    Raises:
        InputError: the model gives NaN or infinite values; `embed` leaves a picture out; and what `embed` raises.
    """
    rows_of: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows_of.setdefault(key, []).append(row)
    vectors = np.full((len(keys), dimensions), np.nan, np.float32)
    missing: list[str] = []
    different = list(rows_of)
    for start in range(0, len(different), STORE_EVERY):
        part = different[start : start + STORE_EVERY]
        found = known(part)
        for key in part:
            old = _vector(found.get(key, b""), dimensions)
            if old is None:
                missing.append(key)
            else:
                vectors[rows_of[key]] = old
    for positions, block in _remembering(embed(missing) if missing else iter(()), missing, remember, model_name):
        for position, vector in zip(positions, block, strict=True):
            vectors[rows_of[missing[position]]] = vector
    left_out = np.flatnonzero(np.isnan(vectors).any(axis=1))
    if left_out.size:
        raise InputError(f"{left_out.size} samples have no embedding, first {keys[left_out[0]]}; run again")
    return SampleVectors(vectors, len(missing), len(different) - len(missing))


def _vector(remembered: bytes, dimensions: int) -> NDArray[np.float32] | None:
    """None where there is none, or a damaged one: it is computed again."""
    if len(remembered) != dimensions * np.dtype(np.float32).itemsize:
        return None
    vector = np.frombuffer(remembered, np.float32)
    return vector if np.isfinite(vector).all() else None


def _remembering(
    blocks: Blocks, keys: Sequence[str], remember: Callable[[Sequence[tuple[str, bytes]]], None], model_name: str
) -> Blocks:
    """The same blocks; what they hold is remembered on the way."""
    pending: list[tuple[str, bytes]] = []
    try:
        for positions, block in blocks:
            if not np.isfinite(block).all():
                raise InputError(
                    f"the model {model_name} gives NaN or infinite embeddings; use another checkpoint or train again"
                )
            yield positions, block
            pending += [(keys[position], vector.tobytes()) for position, vector in zip(positions, block, strict=True)]
            if len(pending) >= STORE_EVERY:
                remember(pending)
                pending = []
    finally:
        if pending:
            remember(pending)
