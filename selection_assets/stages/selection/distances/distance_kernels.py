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
_BOUND_ONLY = {"reassoc", "contract", "nsz"}

AT_ONCE = 32  # centres that a row sees before it is asked whether it needs more; an even number


def _compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    def compile_function(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # nowhere to write the cache: compile anew in every process
            return numba.njit(nogil=True, **options)(function)

    return compile_function


# Rows are passed as a matrix and an index: a view of a row counts references, and counters shared by threads are slow.


@_compiled()
def exact_squared(a, i, b, j, lanes):  # type: ignore[no-untyped-def]
    """(n, d), (m, d) -> float64 squared distance of rows i and j, summed in 16 fixed lanes, `lanes` (16,) being room
    for them: processors add the lanes side by side without changing the order of any sum."""
    d = a.shape[1]
    for q in range(16):
        lanes[q] = 0.0
    whole = d - d % 64
    for m in range(0, whole, 64):
        for q in range(16):
            d0 = np.float64(a[i, m + q]) - np.float64(b[j, m + q])
            d1 = np.float64(a[i, m + q + 16]) - np.float64(b[j, m + q + 16])
            d2 = np.float64(a[i, m + q + 32]) - np.float64(b[j, m + q + 32])
            d3 = np.float64(a[i, m + q + 48]) - np.float64(b[j, m + q + 48])
            lanes[q] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3)
    for m in range(whole, d - d % 16, 16):
        for q in range(16):
            d0 = np.float64(a[i, m + q]) - np.float64(b[j, m + q])
            lanes[q] += d0 * d0
    for m in range(d - d % 16, d):
        d0 = np.float64(a[i, m]) - np.float64(b[j, m])
        lanes[m % 16] += d0 * d0
    s0 = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
    s1 = (lanes[4] + lanes[5]) + (lanes[6] + lanes[7])
    s2 = (lanes[8] + lanes[9]) + (lanes[10] + lanes[11])
    s3 = (lanes[12] + lanes[13]) + (lanes[14] + lanes[15])
    return (s0 + s1) + (s2 + s3)


@_compiled(fastmath=_BOUND_ONLY)
def dot_float32(a, i, b, j, d):  # type: ignore[no-untyped-def]
    """(n, ≥ d), (m, ≥ d) -> float32 dot product of the first d values of rows i and j, in any order of summation."""
    total = np.float32(0)
    for m in range(d):
        total += a[i, m] * b[j, m]
    return total


@_compiled(fastmath=_BOUND_ONLY)
def rough_squared(a, i, b, j):  # type: ignore[no-untyped-def]
    """(n, d), (m, d) -> squared distance of rows i and j in their own precision, in any order of summation."""
    d = a.shape[1]
    total = a[i, 0] - a[i, 0]
    for m in range(d):
        difference = a[i, m] - b[j, m]
        total += difference * difference
    return total


@_compiled()
def squared_below(a, i, b, j, limit, lanes):  # type: ignore[no-untyped-def]
    """`exact_squared` of rows i and j, or inf where it is surely above `limit`.

    Each rounding of `rough_squared` has the relative error 2⁻²⁴, or less in float64: d + 2 of them in all.
    """
    rough = np.float64(rough_squared(a, i, b, j))
    if rough * (1.0 - (a.shape[1] + 8) * 2.0**-23) > limit:
        return np.inf
    return exact_squared(a, i, b, j, lanes)


@_compiled(fastmath=_BOUND_ONLY)
def shift_rows(vectors, places, origin, slack, y, low):  # type: ignore[no-untyped-def]
    """y (r, d + 1) = (vectors[places] - origin, 1); low (r,) = (1 - slack) times their squared length."""
    d = vectors.shape[1]
    for i in range(places.shape[0]):
        place = places[i]
        total = np.float32(0)
        for m in range(d):
            value = np.float32(vectors[place, m]) - origin[m]
            y[i, m] = value
            total += value * value
        y[i, d] = np.float32(1)
        low[i] = total - slack * total


@_compiled(fastmath=_BOUND_ONLY)
def lower_lengths(z, coordinates, unit, slack, least, low):  # type: ignore[no-untyped-def]
    """low (r,) = |unit · coordinates|² - slack |z|² - least, -inf for infinite coordinates; z (r, d), coordinates
    (r, p)."""
    for i in range(z.shape[0]):
        whole = np.float32(0)
        for m in range(z.shape[1]):
            whole += z[i, m] * z[i, m]
        total = np.float32(0)
        for m in range(coordinates.shape[1]):
            value = unit * coordinates[i, m]
            total += value * value
        low[i] = total - slack * whole - least if total < np.inf else -np.inf


@_compiled(fastmath=_BOUND_ONLY)
def bound_four(y, i, j, k, m, centres_y, start, stop, bounds):  # type: ignore[no-untyped-def]
    """bounds (4, AT_ONCE): `low` of the centre - 2xc of the rows i, j, k, m of y (r, p + 1) and the centres from start
    to stop, an even number, of centres_y (c, p + 1), which holds -2y and, last, `low`.

    Eight sums at a time: each value loaded serves two or four of them, as in a matrix product.
    """
    p = y.shape[1] - 1
    for n in range(0, stop - start, 2):
        c = start + n
        i0 = j0 = k0 = m0 = centres_y[c, p]
        i1 = j1 = k1 = m1 = centres_y[c + 1, p]
        for x in range(p):
            c0, c1 = centres_y[c, x], centres_y[c + 1, x]
            i0 += y[i, x] * c0
            i1 += y[i, x] * c1
            j0 += y[j, x] * c0
            j1 += y[j, x] * c1
            k0 += y[k, x] * c0
            k1 += y[k, x] * c1
            m0 += y[m, x] * c0
            m1 += y[m, x] * c1
        bounds[0, n], bounds[0, n + 1], bounds[1, n], bounds[1, n + 1] = i0, i1, j0, j1
        bounds[2, n], bounds[2, n + 1], bounds[3, n], bounds[3, n + 1] = k0, k1, m0, m1


@_compiled(fastmath=_BOUND_ONLY)
def any_not_above(bounds, place, limit):  # type: ignore[no-untyped-def]
    """Whether one of bounds[place] is not above `limit`; without branches, so that many are looked at in one go."""
    count = np.int32(0)
    for j in range(bounds.shape[1]):
        count += np.int32(0) if bounds[place, j] > limit else np.int32(1)
    return count > 0


@_compiled()
def nearest_of_few(bounds, place, low, vectors, i, centres, start, stop, squared, few, lanes):  # type: ignore[no-untyped-def]
    """The centre among start … stop that is nearer than `squared` to vectors[i], by bounds[place] + low.

    few, lanes: room. Of equally near centres the first counts. Returns (squared distance, place of the centre from
    `start` on or -1, distances measured).
    """
    limit = np.float32(squared - low)
    n = lowest = 0
    for j in range(stop - start):
        few[n] = j
        n += 0 if bounds[place, j] > limit else 1
    for m in range(1, n):
        lowest = m if bounds[place, few[m]] < bounds[place, few[lowest]] else lowest
    # The most promising one first: the others then seldom have to be measured.
    few[0], few[lowest] = few[lowest], few[0]
    best, best_place, measured = squared, -1, 0
    for m in range(n):
        j = few[m]
        if bounds[place, j] > limit:
            continue
        value = squared_below(vectors, i, centres, start + j, best, lanes)
        measured += 1
        if value < best or (value == best and j < best_place):
            best, best_place = value, j
            limit = np.float32(best - low)
    return best, best_place, measured


@_compiled()
def see_missed(  # type: ignore[no-untyped-def]
    rows, vectors, places, y, low, centres, centres_y, first, centre_ids, threshold, squared, nearest, seen
):
    """Show rows the centres that they missed, in the order of the centres, until they are below the threshold.

    rows (r,), vectors[places] (r, d), y (r, p + 1), low (r,): the rows and their bounds; centres (c, d),
    centre_ids (c,): the centres first, first + 1, … of all and their names; centres_y (c or c + 1, p + 1), an even
    number: their bounds as in `bound_four`. squared, nearest, seen (n,): brought up to date for these rows.
    Returns (bounds computed, distances measured).
    """
    computed = measured = 0
    live = np.arange(places.shape[0])
    n_live = places.shape[0]
    now = np.empty(places.shape[0] + 3, np.int64)
    bounds = np.full((4, AT_ONCE), np.inf, np.float32)
    few, lanes = np.empty(AT_ONCE + 1, np.int64), np.empty(16)
    for start in range(0, centres.shape[0], AT_ONCE):
        stop = min(start + AT_ONCE, centres.shape[0])
        if stop - start < AT_ONCE:
            bounds[:] = np.inf
        n_now = 0
        for place in range(n_live):
            now[n_now] = live[place]
            n_now += 1 if seen[rows[live[place]]] < first + stop else 0
        now[n_now : n_now + 3] = now[max(n_now - 1, 0)]  # the last four are filled up with the last row
        for four in range(0, n_now, 4):
            bound_four(
                y, now[four], now[four + 1], now[four + 2], now[four + 3], centres_y, start,
                start + (stop - start + 1) // 2 * 2, bounds,
            )  # fmt: skip
            for place in range(min(4, n_now - four)):
                i = now[four + place]
                row = rows[i]
                seen[row] = first + stop
                if any_not_above(bounds, place, np.float32(squared[row] - low[i])):
                    value, nearer, n = nearest_of_few(
                        bounds, place, low[i], vectors, places[i], centres, start, stop, squared[row], few, lanes
                    )
                    measured += n
                    if nearer >= 0:
                        squared[row], nearest[row] = value, centre_ids[start + nearer]
        computed += n_now * (stop - start)
        kept = 0
        for place in range(n_live):
            live[kept] = live[place]
            kept += 1 if squared[rows[live[place]]] >= threshold else 0
        n_live = kept
    return computed, measured


@_compiled()
def see_few(rows, vectors, places, centres, first, centre_ids, threshold, squared, nearest, seen):  # type: ignore[no-untyped-def]
    """`see_missed` without bounds, for so few centres that making bounds takes longer. Returns the number of pairs."""
    lanes = np.empty(16)
    pairs = 0
    for place in range(rows.shape[0]):
        row = rows[place]
        j = max(seen[row] - first, 0)
        while j < centres.shape[0] and squared[row] >= threshold:
            value = squared_below(vectors, places[place], centres, j, squared[row], lanes)
            if value < squared[row]:
                squared[row], nearest[row] = value, centre_ids[j]
            pairs += 1
            j += 1
        seen[row] = first + j
    return pairs


@_compiled()
def take_nearer(product, rows, vectors, places, low, centres, centre_ids, squared, nearest):  # type: ignore[no-untyped-def]
    """Show rows (r,) all centres (c, d) of a matrix product: lower squared, nearest (n,) of those that are nearer.

    product (r, c): `low` of the centre - 2xc; the rest as in `see_missed`. Returns the number of distances measured.
    """
    measured = 0
    c = centres.shape[0]
    few, lanes = np.empty(c + 1, np.int64), np.empty(16)
    for place in range(rows.shape[0]):
        row = rows[place]
        if any_not_above(product, place, np.float32(squared[row] - low[place])):
            value, nearer, n = nearest_of_few(
                product, place, low[place], vectors, places[place], centres, 0, c, squared[row], few, lanes
            )
            measured += n
            if nearer >= 0:
                squared[row], nearest[row] = value, centre_ids[nearer]
    return measured


@_compiled()
def pick_within(  # type: ignore[no-untyped-def]
    rows,
    vectors,
    places,
    y,
    low,
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

    rows (b,) ascending; vectors[places] (b, d); y (b, p + 1), low (b,) as in `DistanceBounds`, or of no coordinates and
    0, which says that no bound is known; squared, nearest (b,) are up to date with all selected rows. They stay true
    for the first seen (b,) of the picks of this loop: a row that falls below the threshold is left alone from then on.
    A picked row gets squared = -1. A best row at distance 0 ends the loop: then all rows are as good as each other.
    min_distance: float32; a best row nearer than this ends the loop, too; negative: no limit.
    order, order_squared, order_nearest (k,): filled from `picked` on.
    Returns (picked so far, bounds computed, distances measured).
    """
    lanes = np.empty(16)
    b, p = y.shape[0], y.shape[1] - 1
    live = np.arange(b)
    n_live = b
    computed = 0
    measured = 0
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
            computed += 1
            if not low[i] + low[centre] - 2 * dot_float32(y, i, y, centre, p) > squared[i]:
                value = squared_below(vectors, places[i], vectors, places[centre], squared[i], lanes)
                measured += 1 if value < np.inf else 0
                if value < squared[i]:
                    squared[i] = value
                    nearest[i] = rows[centre]
            if squared[i] >= threshold and (best < 0 or squared[i] > squared[best]):
                best = i
        n_live = kept
    for place in range(n_live):
        seen[live[place]] = picked - first
    return picked, computed, measured


@_compiled(fastmath=_BOUND_ONLY)
def any_not_above_each(values, i, offset, own, limits):  # type: ignore[no-untyped-def]
    """Whether one of values[i] + offset is not above `own`, or not above its limit in limits (c,)."""
    count = np.int32(0)
    for j in range(values.shape[1]):
        count += np.int32(0) if values[i, j] + offset > max(own, limits[j]) else np.int32(1)
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
def keep_smallest(product, row, column, low, heaps, heap_ids):  # type: ignore[no-untyped-def]
    """Each distance of a tile counts for both of its samples: keep the smallest that each has ever seen.

    product (r, c): `low` of the column - 2xc of the samples row, row + 1, … with the samples column, column + 1, …,
    all of them other samples, or the same ones (row = column: then only the pairs above the diagonal count).
    low (r,): of the rows. heaps, heap_ids (n, k): max-heaps of squared distance and other sample, inf at first.
    """
    c = product.shape[1]
    few = np.empty(c + 1, np.int32)  # the columns that may be among the nearest, or for which the row may be
    limits = np.empty(c, np.float32)
    for j in range(c):
        limits[j] = heaps[column + j, 0]
    for i in range(product.shape[0]):
        own, offset = row + i, low[i]
        limit = heaps[own, 0]
        if not any_not_above_each(product, i, offset, limit, limits):
            continue
        n = 0
        for j in range(c):
            few[n] = j
            n += 0 if product[i, j] + offset > max(limit, limits[j]) else 1
        for m in range(n):
            j = few[m]
            if row == column and j <= i:
                continue
            value = product[i, j] + offset
            if value < heaps[own, 0]:
                replace_largest(heaps, heap_ids, own, value, column + j)
            if value < limits[j]:
                replace_largest(heaps, heap_ids, column + j, value, own)
                limits[j] = heaps[column + j, 0]


@_compiled()
def measure_pairs(vectors, rows, centres):  # type: ignore[no-untyped-def]
    """(m,), (m,) -> (m,) exact squared distances of vectors[rows] and vectors[centres]."""
    lanes = np.empty(16)
    out = np.empty(rows.shape[0])
    for k in range(rows.shape[0]):
        out[k] = exact_squared(vectors, rows[k], vectors, centres[k], lanes)
    return out


@_compiled()
def add_rows(vectors, places):  # type: ignore[no-untyped-def]
    """(r,) -> (d,) float64 sums of the columns of vectors[places], one row after the other."""
    total = np.zeros(vectors.shape[1])
    for k in range(places.shape[0]):
        place = places[k]
        for m in range(vectors.shape[1]):
            total[m] += np.float64(vectors[place, m])
    return total


@_compiled()
def squared_from(vectors, places, point):  # type: ignore[no-untyped-def]
    """(r,) -> (r,) exact squared distances of vectors[places] to point[0]."""
    lanes = np.empty(16)
    out = np.empty(places.shape[0])
    for k in range(places.shape[0]):
        out[k] = exact_squared(vectors, places[k], point, 0, lanes)
    return out


@_compiled()
def see_pairs(vectors, rows, centres, squared, nearest):  # type: ignore[no-untyped-def]
    """Lower squared, nearest (n,) of rows (m,) to which centres (m,), one each, are nearer; in this order."""
    lanes = np.empty(16)
    for k in range(rows.shape[0]):
        row = rows[k]
        value = squared_below(vectors, row, vectors, centres[k], squared[row], lanes)
        if value < squared[row]:
            squared[row], nearest[row] = value, centres[k]


@_compiled()
def see_centre(  # type: ignore[no-untyped-def]
    vectors, places, y, low, squared, nearest, first, centres, centre_places, centre_y, centre_low, centre, row
):
    """Lower squared, nearest (b,) of the rows from `first` on to which one more centre is nearer: the vector
    centres[centre_places[centre]], with the bounds centre_y[centre] and centre_low[centre]; its name is `row`."""
    lanes = np.empty(16)
    p = y.shape[1] - 1
    for i in range(first, y.shape[0]):
        bound = low[i] + centre_low[centre] - 2 * dot_float32(y, i, centre_y, centre, p)
        if not bound > squared[i]:
            value = squared_below(vectors, places[i], centres, centre_places[centre], squared[i], lanes)
            if value < squared[i]:
                squared[i] = value
                nearest[i] = row


@_compiled()
def see_each_other(vectors, places, y, low, rows, squared, nearest):  # type: ignore[no-untyped-def]
    """Rows (b,) are selected one after the other: lower squared, nearest (b,) where one of those before is nearer."""
    for i in range(1, y.shape[0]):
        see_centre(vectors, places, y, low, squared, nearest, i, vectors, places, y, low, i - 1, rows[i - 1])


@_compiled()
def see_and_measure(vectors, places, y, low, squared, k, one, one_place, one_y, one_low):  # type: ignore[no-untyped-def]
    """Lower squared[:k] of the first k rows where the one new row is nearer; returns its own distance to them, squared,
    inf where k is 0. The arrays hold the rows as in `see_centre`; those of the new row have one row."""
    lanes = np.empty(16)
    p = y.shape[1] - 1
    own = np.inf
    for i in range(k):
        bound = low[i] + one_low[0] - 2 * dot_float32(y, i, one_y, 0, p)
        if not bound > max(squared[i], own):
            value = squared_below(vectors, places[i], one, one_place[0], max(squared[i], own), lanes)
            squared[i] = min(squared[i], value)
            own = min(own, value)
    return own
