"""The rules by which every kind of picture becomes 8-bit RGB: one each, for checking, embedding, dumping, the report.

1. Deep numbers (more than 8 bits per channel, or real ones): `eight_bits`.
2. Transparency: `on_ground`.
3. CMYK and YCCK are taken as inverted in JPEGs, and become RGB as in Pillow; so do YCbCr and Lab.
4. A rotation noted in Exif is applied once, before anything else: width, height and pixels are those that are shown.
5. Of several frames the first counts.

What a picture becomes depends on its own pixels alone, so it is the same in every run.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# The agreed whites of whole and of real numbers.
_WHOLE_WHITES = (255.0, 65_535.0, 4_294_967_295.0)
_REAL_WHITES = (1.0, 255.0, 65_535.0)
# Numbers are read with the agreed white where they span this share of its range, and are stretched where they do not.
_LEAST_SPAN = 0.25
# Share of the pixels at either end that may lie outside of the range (dead pixels of a sensor).
_OUTLIERS = 0.001
_HUGE = 1e30  # beyond it are the fillers of geodata, -3.4e38 first
_FILLER_SHARE = 0.01  # of the pixels, from which one far-off value counts as a filler
_FILLER_LEVELS = 32  # how far the rest stands off from a filler, of 255
_FEWEST_LEVELS = 16  # of the middle nine tenths
_LARGEST_WEIGHT = 1 / 16  # of one value among all, when values are weighed by their pixels
_SAMPLE = 1 << 20  # numbers that the range of a picture is taken from, where they have more than 16 bits
_KNOTS = 1024
_LIGHT = 170.0  # mean of what is drawn, of 255, from which it is shown on black


@dataclass(frozen=True, slots=True)
class _Histogram:
    values: NDArray[np.float64]  # ascending, without repetition
    counts: NDArray[np.int64]

    def between(self, first: int, end: int) -> "_Histogram":
        return _Histogram(self.values[first:end], self.counts[first:end])


def eight_bits(values: NDArray[np.generic], nodata: float | None = None) -> NDArray[np.uint8]:
    """Deep numbers, of any shape, to 0…255. Channels of one picture go in together and are treated alike.

    * Whole numbers with 0…255, 0…65,535 or 32 bits and real ones with 0…1, 0…255 or 0…65,535, of which they span a
      quarter at least, keep their brightness: a picture of 16 bits looks like its upper byte.
    * All others (millimetres, class numbers, 12-bit sensors, heights) are stretched from their smallest to their
      largest value. Dead pixels, one in a thousand at either end, do not count for the range.
    * Pixels without data are black: NaN, infinity, ±1e30 and beyond, `nodata` (which the file names). Where they are
      1 %, the others stand off from them. Nor does a smallest or largest value count for the range that 1 % of the
      pixels have and that lies further from the rest than the rest is wide (-9999, 65,535).
    * Where the middle nine tenths would still share less than 16 levels though they have more than twice as many values
      (a flame before a heat camera), half of the levels are given out by how many pixels have which value.
    """
    whole = np.issubdtype(values.dtype, np.integer)
    if whole and values.dtype.itemsize <= 2:
        # A table for all numbers that there are.
        number = 1 << 8 * values.dtype.itemsize
        least = -number // 2 if np.issubdtype(values.dtype, np.signedinteger) else 0
        places = values.astype(np.int32) - least if least else values
        counts = np.bincount(places.ravel(), minlength=number)
        all_numbers = np.arange(least, least + number, dtype=np.float64)
        has_data = _has_data(all_numbers, nodata)
        counts[~has_data] = 0
        occur = np.flatnonzero(counts)
        lacking = 1 - float(counts.sum()) / values.size
        table = _levels(all_numbers, has_data, _Histogram(all_numbers[occur], counts[occur]), whole, lacking)
        return np.asarray(table[places])
    numbers = values.astype(np.float64)
    has_data = _has_data(numbers, nodata)
    data = numbers[has_data]
    lacking = 1 - data.size / numbers.size
    if data.size > _SAMPLE:
        data = np.concatenate((data[:: -(-data.size // _SAMPLE)], (data.min(), data.max())))
    occurring, counts = np.unique(data, return_counts=True)
    return _levels(numbers, has_data, _Histogram(occurring, counts), whole, lacking)


def on_ground(image: Image.Image) -> Image.Image:
    """RGBA to RGB: on white; on black where what is drawn is light (mean, weighed by alpha, of 170 or more of 255).

    So a drawing that is held in alpha alone stays visible. Where alpha is 0 everywhere nothing would be left: then it
    is no transparency (some programs leave the channel empty), and is dropped.
    """
    alpha = image.getchannel("A")
    colours = image.convert("RGB")
    least, most = alpha.getextrema()
    if least == 255 or most == 0:
        return colours
    weights = np.asarray(alpha)
    drawn = float(np.einsum("ij,ij->", np.asarray(colours.convert("L")), weights, dtype=np.float64))
    light = drawn / float(weights.sum(dtype=np.int64)) >= _LIGHT
    ground = Image.new("RGB", image.size, (0, 0, 0) if light else (255, 255, 255))
    ground.paste(colours, mask=alpha)
    return ground


def _has_data(numbers: NDArray[np.float64], nodata: float | None) -> NDArray[np.bool_]:
    has_data = np.isfinite(numbers) & (np.abs(numbers) < _HUGE)
    if nodata is not None and np.isfinite(nodata):
        has_data &= numbers != nodata
    return has_data


def _levels(
    numbers: NDArray[np.float64], has_data: NDArray[np.bool_], histogram: _Histogram, whole: bool, lacking: float
) -> NDArray[np.uint8]:
    """The level of each of `numbers`. `histogram`: of the pixels with data; `lacking`: share of those without."""
    if not len(histogram.values):
        return np.zeros(numbers.shape, np.uint8)
    core, low, high = _range(histogram)
    white = _agreed_white(low, high, whole)
    if white is None:
        knots, levels = _stretched(histogram, core, low, high, _FILLER_LEVELS if lacking >= _FILLER_SHARE else 0)
    else:
        knots, levels = np.empty(0), np.empty(0)

    def shown(at: NDArray[np.float64]) -> NDArray[np.float64]:
        if white is None:
            return np.rint(np.interp(at, knots, levels))
        # Whole numbers by their upper byte.
        scaled = np.floor(at * (256 / (white + 1))) if whole else np.rint(at * (255 / white))
        return np.clip(scaled, 0, 255)

    filled = np.where(has_data, numbers, low)
    result = shown(filled)
    weights = _weights(histogram.counts)
    before = shown(histogram.values)
    if _collapses(before, weights):
        ranks = (np.cumsum(weights) - weights) / max(float(weights[:-1].sum()), 1.0)
        mixed = (before + 255 * ranks) / 2
        some = np.unique(np.linspace(0, len(ranks) - 1, _KNOTS).round().astype(np.int64))
        result = np.rint(np.interp(filled, histogram.values[some], mixed[some]))
    return np.where(has_data, result, 0).astype(np.uint8)


def _range(histogram: _Histogram) -> tuple[_Histogram, float, float]:
    """What is left without far-off fillers, and the lowest and highest value of it without a few outliers."""
    least = _FILLER_SHARE * float(histogram.counts.sum())
    core = histogram
    found = True
    while found and len(core.values) > 2:
        found = False
        for rest, filler in ((core.between(1, None), 0), (core.between(0, -1), -1)):  # type: ignore[arg-type]
            low, high = _without_outliers(rest)
            gap = low - core.values[0] if filler == 0 else core.values[-1] - high
            if core.counts[filler] >= least and gap > high - low > 0:
                core, found = rest, True
                break
    return core, *_without_outliers(core)


def _without_outliers(histogram: _Histogram) -> tuple[float, float]:
    """Smallest and largest value, but no further from the middle 99.8 % than half of their width."""
    shares = np.cumsum(histogram.counts) / float(histogram.counts.sum())
    first, last = np.searchsorted(shares, (_OUTLIERS, 1 - _OUTLIERS))
    low, high = float(histogram.values[first]), float(histogram.values[min(last, len(shares) - 1)])
    margin = (high - low) / 2
    if margin == 0:
        return float(histogram.values[0]), float(histogram.values[-1])
    return max(low - margin, float(histogram.values[0])), min(high + margin, float(histogram.values[-1]))


def _agreed_white(low: float, high: float, whole: bool) -> float | None:
    """The white of numbers that keep their brightness; None for those to be stretched."""
    if low < 0:
        return None
    white = next((white for white in (_WHOLE_WHITES if whole else _REAL_WHITES) if high <= white), None)
    # One single value has no range to be stretched.
    return white if white is not None and (low == high or high - low >= _LEAST_SPAN * white) else None


def _stretched(
    histogram: _Histogram, core: _Histogram, low: float, high: float, darkest: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Knots and their levels."""
    smallest, largest = float(histogram.values[0]), float(histogram.values[-1])
    if low == high:
        return np.array([low]), np.array([128.0])
    has_low_filler, has_high_filler = core.values[0] > smallest, core.values[-1] < largest
    knots = [low, high]
    levels = [float(darkest + (_FILLER_LEVELS if has_low_filler else 0)), 255.0 - (_FILLER_LEVELS * has_high_filler)]
    if has_low_filler:
        knots, levels = [smallest, *knots], [float(darkest), *levels]
    if has_high_filler:
        knots, levels = [*knots, largest], [*levels, 255.0]
    return np.array(knots), np.array(levels)


def _weights(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Pixels of each value, but of none (a background) more than a sixteenth of all."""
    most = float(counts.max())
    for _ in range(16):
        most = max(1.0, min(most, float(np.minimum(counts, most).sum()) * _LARGEST_WEIGHT))
    return np.minimum(counts, most).astype(np.float64)


def _collapses(levels: NDArray[np.float64], weights: NDArray[np.float64]) -> bool:
    shares = np.cumsum(weights) / float(weights.sum())
    first, last = np.searchsorted(shares, (0.05, 0.95))
    middle = levels[first : last + 1]
    number = len(np.unique(middle))
    return number < _FEWEST_LEVELS and len(middle) > 2 * number
