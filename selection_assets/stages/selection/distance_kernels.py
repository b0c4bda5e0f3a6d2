"""Compiled inner loops of the distance computations.

Import this module inside functions only: compiling takes seconds the first time and is cached on disk. Every kernel
releases the interpreter lock, none starts threads. Sums that decide a pick are float64 in one fixed order, so that
they do not depend on the processor or on the number of threads.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

# Reordering of sums is allowed only where the result is a bound with a margin for it, never for an exact distance.
_BOUND_ONLY = {"reassoc", "contract", "nnan", "nsz"}

_CHUNK = 32  # values that are looked at together before each is looked at alone


def _compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    def compile_function(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # nowhere to write the cache: compile anew in every process
            return numba.njit(nogil=True, **options)(function)

    return compile_function


# Rows are passed as a matrix and an index: a view of a row counts references, and counters shared by threads are slow.


@_compiled()
def exact_squared(a, i, b, j):  # type: ignore[no-untyped-def]
    """(n, d), (m, d) -> float64 squared distance of rows i and j, summed in four fixed lanes."""
    d = a.shape[1]
    s0 = s1 = s2 = s3 = 0.0
    whole = d - d % 4
    for m in range(0, whole, 4):
        d0 = np.float64(a[i, m]) - np.float64(b[j, m])
        d1 = np.float64(a[i, m + 1]) - np.float64(b[j, m + 1])
        d2 = np.float64(a[i, m + 2]) - np.float64(b[j, m + 2])
        d3 = np.float64(a[i, m + 3]) - np.float64(b[j, m + 3])
        s0 += d0 * d0
        s1 += d1 * d1
        s2 += d2 * d2
        s3 += d3 * d3
    for m in range(whole, d):
        d0 = np.float64(a[i, m]) - np.float64(b[j, m])
        s0 += d0 * d0
    return (s0 + s1) + (s2 + s3)


@_compiled(fastmath=_BOUND_ONLY)
def dot_float32(a, i, b, j, d):  # type: ignore[no-untyped-def]
    """(n, ≥ d), (m, ≥ d) -> float32 dot product of the first d values of rows i and j, in any order of summation."""
    total = np.float32(0)
    for m in range(d):
        total += a[i, m] * b[j, m]
    return total


@_compiled(fastmath=_BOUND_ONLY)
def shift_rows(raw, origin, scale, shifted, norms):  # type: ignore[no-untyped-def]
    """shifted (r, d + 1) = (scale · (raw - origin), 1 or the squared norm); norms (r,) = |raw - origin|².

    With scale 1 for rows and -2 for centres the product of two such matrices is |c|² - 2xc.
    """
    d = raw.shape[1]
    for i in range(raw.shape[0]):
        total = np.float32(0)
        for m in range(d):
            value = np.float32(raw[i, m]) - origin[m]
            shifted[i, m] = scale * value
            total += value * value
        norms[i] = total
        shifted[i, d] = np.float32(1) if scale == 1 else total


@_compiled(fastmath=_BOUND_ONLY)
def any_below(values, i, start, stop, limit):  # type: ignore[no-untyped-def]
    """Whether one of values[i, start:stop] is at most `limit`; without branches, so that several are done at a time."""
    count = np.int32(0)
    for j in range(start, stop):
        count += np.int32(1) if values[i, j] <= limit else np.int32(0)
    return count > 0


@_compiled()
def take_nearer(product, lowest, norms, error, rows, centres, centre_ids, squared, nearest):  # type: ignore[no-untyped-def]
    """Lower `squared` (r,) and `nearest` (r,) where one of the centres is nearer.

    product (r, c): float32 |c|² - 2xc; lowest (r,): its minimum in each row; error (r,): bound on the error of
    product + |x|²; rows (r, d), centres (c, d): the raw vectors. Centres that may be the nearest are measured exactly,
    the others not at all. Returns the number of exact distances.
    """
    exact = 0
    for i in range(product.shape[0]):
        bound = squared[i] - norms[i] + error[i]
        if lowest[i] > bound:
            continue
        limit = np.float32(min(lowest[i] + 2 * error[i], bound))
        for j in range(product.shape[1]):
            if product[i, j] <= limit:
                value = exact_squared(rows, i, centres, j)
                exact += 1
                if value < squared[i]:
                    squared[i] = value
                    nearest[i] = centre_ids[j]
    return exact


@_compiled()
def pick_within(  # type: ignore[no-untyped-def]
    rows,
    raw,
    shifted,
    norms,
    error,
    squared,
    nearest,
    seen,
    threshold,
    min_distance,
    order,
    order_squared,
    order_nearest,
    picked,
):
    """The plain farthest-point loop among the b rows of a band, as long as the best is at least `threshold`.

    rows (b,) ascending; squared, nearest (b,) are up to date with all selected rows. They stay true for the first
    seen (b,) of the picks of this loop: a row that falls below the threshold is left alone from then on.
    A picked row gets squared = -1. A best row at distance 0 ends the loop: then all rows are as good as each other.
    min_distance: float32; a best row nearer than this ends the loop, too; negative: no limit.
    order, order_squared, order_nearest (k,): filled from `picked` on.
    Returns (picked so far, distances computed).
    """
    b, d = raw.shape
    live = np.arange(b)
    n_live = b
    computed = 0
    best = -1
    first = picked
    for i in range(b):
        if squared[i] >= threshold and (best < 0 or squared[i] > squared[best]):
            best = i
    while best >= 0 and picked < order.shape[0]:
        if np.float32(np.sqrt(squared[best])) < min_distance or squared[best] == 0:
            break
        order[picked] = rows[best]
        order_squared[picked] = squared[best]
        order_nearest[picked] = nearest[best]
        picked += 1
        squared[best] = -1.0
        centre = best
        best = -1
        kept = 0
        for place in range(n_live):
            i = live[place]
            if squared[i] < threshold:
                seen[i] = picked - 1 - first
                continue
            live[kept] = i
            kept += 1
            bound = norms[i] + norms[centre] - 2 * dot_float32(shifted, i, shifted, centre, d)
            computed += 1
            if bound - error * (norms[i] + norms[centre]) <= squared[i]:
                value = exact_squared(raw, i, raw, centre)
                if value < squared[i]:
                    squared[i] = value
                    nearest[i] = rows[centre]
            if squared[i] >= threshold and (best < 0 or squared[i] > squared[best]):
                best = i
        n_live = kept
    for place in range(n_live):
        seen[live[place]] = picked - first
    return picked, computed


@_compiled(fastmath=_BOUND_ONLY)
def any_below_each(values, i, start, stop, limits, offset):  # type: ignore[no-untyped-def]
    """`any_below` with a limit for each column: values[i, j] + offset at most limits[j]."""
    count = np.int32(0)
    for j in range(start, stop):
        count += np.int32(1) if values[i, j] + offset <= limits[j] else np.int32(0)
    return count > 0


@_compiled()
def replace_largest(heaps, heap_ids, i, value, identity):  # type: ignore[no-untyped-def]
    """In the max-heap heaps[i] the root gives way to a smaller value."""
    k = heaps.shape[1]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= k:
            break
        if child + 1 < k and heaps[i, child + 1] > heaps[i, child]:
            child += 1
        if heaps[i, child] <= value:
            break
        heaps[i, place] = heaps[i, child]
        heap_ids[i, place] = heap_ids[i, child]
        place = child
    heaps[i, place] = value
    heap_ids[i, place] = identity


@_compiled()
def keep_smallest(product, row, column, norms, column_norms, heaps, heap_ids):  # type: ignore[no-untyped-def]
    """Each distance of a tile counts for both of its samples: keep the smallest that each has ever seen.

    product (r, c): |c|² - 2xc of the samples row, row + 1, … with the samples column, column + 1, …, all of them other
    samples, or the same ones (row = column: then only the pairs above the diagonal count).
    norms (r,), column_norms (c,): |x|², |c|². heaps, heap_ids (n, k): max-heaps of d² - |own|² and other sample, inf at
    first.
    """
    limits = np.empty(product.shape[1], np.float32)
    for j in range(product.shape[1]):
        limits[j] = heaps[column + j, 0] + column_norms[j]
    for i in range(product.shape[0]):
        own = row + i
        offset = norms[i]
        first = i + 1 if row == column else 0
        for start in range(first, product.shape[1], _CHUNK):
            stop = min(start + _CHUNK, product.shape[1])
            if any_below(product, i, start, stop, heaps[own, 0]):
                for j in range(start, stop):
                    if product[i, j] < heaps[own, 0]:
                        replace_largest(heaps, heap_ids, own, product[i, j], column + j)
            if any_below_each(product, i, start, stop, limits, offset):
                for j in range(start, stop):
                    if product[i, j] + offset < limits[j]:
                        other = column + j
                        replace_largest(heaps, heap_ids, other, product[i, j] + offset - column_norms[j], own)
                        limits[j] = heaps[other, 0] + column_norms[j]


@_compiled()
def exact_pairs(a, b):  # type: ignore[no-untyped-def]
    """(p, d), (p, d) or (1, d) -> (p,) exact squared distances."""
    out = np.empty(a.shape[0])
    for i in range(a.shape[0]):
        out[i] = exact_squared(a, i, b, i if b.shape[0] > 1 else 0)
    return out


@_compiled()
def see_centre(  # type: ignore[no-untyped-def]
    raw, shifted, norms, error, squared, nearest, first, centre_raw, centre_shifted, centre_norms, centre, centre_id
):
    """Lower squared, nearest (b,) of the rows from `first` on to which one more centre is nearer: row `centre` of
    centre_raw (c, d), centre_shifted (c, d + 1) and centre_norms (c,)."""
    d = raw.shape[1]
    for i in range(first, raw.shape[0]):
        both = norms[i] + centre_norms[centre]
        bound = both - 2 * dot_float32(shifted, i, centre_shifted, centre, d)
        if bound - error * both <= squared[i]:
            value = exact_squared(raw, i, centre_raw, centre)
            if value < squared[i]:
                squared[i] = value
                nearest[i] = centre_id


@_compiled()
def see_each_other(raw, shifted, norms, error, rows, squared, nearest):  # type: ignore[no-untyped-def]
    """Rows (b,) are selected one after the other: lower squared, nearest (b,) where one of those before is nearer."""
    for i in range(1, raw.shape[0]):
        see_centre(raw, shifted, norms, error, squared, nearest, i, raw, shifted, norms, i - 1, rows[i - 1])


@_compiled()
def see_and_measure(raw, shifted, norms, error, squared, k, one_raw, one_shifted, one_norms):  # type: ignore[no-untyped-def]
    """Lower squared[:k] of the first k rows where the one new row is nearer; returns its own distance to them, squared,
    inf where k is 0. The arrays hold the rows as in `see_centre`; those of the new row have one row."""
    d = raw.shape[1]
    own = np.inf
    for i in range(k):
        both = norms[i] + one_norms[0]
        bound = both - 2 * dot_float32(shifted, i, one_shifted, 0, d) - error * both
        if bound <= squared[i] or bound <= own:
            value = exact_squared(raw, i, one_raw, 0)
            squared[i] = min(squared[i], value)
            own = min(own, value)
    return own
