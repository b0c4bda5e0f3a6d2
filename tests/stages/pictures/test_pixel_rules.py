import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from selection_assets.stages.pictures.pixel_rules import eight_bits, on_ground

Y, X = np.mgrid[0:120, 0:160]


def waves(low: float, high: float, period: int = 9, dtype: str = "uint16") -> NDArray[np.generic]:
    wave = np.sin(X / period) * np.cos(Y / (period + 3))
    return ((low + high) / 2 + (high - low) / 2 * wave).astype(dtype)


@pytest.mark.parametrize(("low", "high"), [(0, 65_535), (0, 20_000), (30_000, 50_000)])
def test_sixteen_bits_look_like_their_upper_byte(low: int, high: int) -> None:
    values = waves(low, high)
    assert np.array_equal(eight_bits(values), values >> 8)
    assert np.array_equal(eight_bits(values.astype(np.int32)), values >> 8)


@pytest.mark.parametrize("white", [1.0, 255.0, 65_535.0])
def test_white_itself_belongs_to_its_range(white: float) -> None:
    values = np.linspace(0.4 * white, white, 5, dtype=np.float32).reshape(1, 5, 1)
    assert eight_bits(values, None).ravel().tolist() == [102, 140, 178, 217, 255]


def test_below_zero_there_is_no_agreed_white() -> None:
    values = np.array([[-0.5, 0.25, 1.0]], np.float32)
    assert eight_bits(values, None).tolist() == [[0, 128, 255]]


def test_few_levels_that_as_many_values_need_stay() -> None:
    """Twelve values with ten upper bytes stay so; thirty with ten are drawn apart."""
    tens = np.arange(10) * 6_400
    for values, levels in ((np.append(tens, [6_420, 12_820]), 10), (np.add.outer(tens, [0, 20, 40]).ravel(), 30)):
        shown = eight_bits(values.repeat(9).reshape(1, -1).astype(np.uint16), None)
        assert len(np.unique(shown)) == levels


def test_agreed_whites() -> None:
    assert np.array_equal(eight_bits(waves(10, 230)), waves(10, 230))
    assert np.array_equal(eight_bits(waves(0, 1, dtype="float32")), np.rint(waves(0, 1, dtype="float32") * 255))
    assert np.array_equal(eight_bits(waves(3, 251, dtype="float64")), np.rint(waves(3, 251, dtype="float64")))
    wide = waves(0, 4e9, dtype="uint32")
    assert np.array_equal(eight_bits(wide), wide >> 24)
    assert eight_bits(np.full((3, 3), 0.5, np.float32)).tolist() == [[128] * 3] * 3
    assert eight_bits(np.full((3, 3), 25_700, np.int32)).tolist() == [[100] * 3] * 3


@pytest.mark.parametrize(
    ("low", "high", "dtype"),
    [
        (300, 5000, "uint16"),
        (0, 4095, "uint16"),
        (40_000, 40_200, "uint16"),
        (-300, 900, "int16"),
        (-2e9, 2e9, "int32"),
        (100_000, 100_500, "int32"),
        (-1e-6, 1e-6, "float32"),
        (1e12, 1.1e12, "float64"),
        (0.41, 0.43, "float32"),
    ],
)
def test_other_ranges_are_stretched(low: float, high: float, dtype: str) -> None:
    values = waves(low, high, dtype=dtype)
    real = values.astype(np.float64)
    expected = (real - real.min()) / (real.max() - real.min()) * 255
    shown = eight_bits(values)
    assert np.abs(shown - expected).max() <= 0.51
    assert np.abs(shown.astype(int) - eight_bits(waves(low, high, 21, dtype))).mean() > 20


def test_class_numbers_are_told_apart() -> None:
    shown = eight_bits((X // 6 + Y // 30 * 7).clip(0, 30).astype(np.uint16))
    assert np.unique(shown).tolist() == np.rint(np.arange(31) * 255 / 30).tolist()
    assert np.unique(eight_bits(np.array([[0, 30, 31]] * 9, np.uint16))).tolist() == [0, 32, 255]
    assert np.unique(eight_bits(np.array([[0, 1, 255]] * 9, np.uint16))).tolist() == [0, 223, 255]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("filler", [-3.4e38, 1e31, np.nan, np.inf, -np.inf, -9999, -32_768, 65_535, 1e20])
@pytest.mark.parametrize("rows", [2, 30, 100])
def test_fillers_of_geodata_do_not_count(filler: float, rows: int, dtype: str) -> None:
    heights = waves(100, 500, dtype=dtype)
    values = heights.copy()
    values[:rows] = filler
    shown = eight_bits(values)
    is_bright = filler in (65_535, 1e20)
    assert (shown[:rows] == (255 if is_bright else 0)).all()
    rest = shown[rows:].astype(float)
    low, high = (0, 223) if is_bright else (32, 255)
    assert (rest.min(), rest.max()) == (low, high)
    line = np.polyfit(heights[rows:].astype(float).ravel(), rest.ravel(), 1)
    assert np.abs(np.polyval(line, heights[rows:]) - rest).max() < 1
    assert np.array_equal(eight_bits(values), shown)


def test_what_the_file_names_as_no_data() -> None:
    values = waves(100, 500, dtype="float32")
    values[:30] = 77
    shown = eight_bits(values, nodata=77.0)
    assert (shown[:30] == 0).all()
    assert shown[30:].min() == 32
    sixteen = values.astype(np.uint16)
    assert (eight_bits(sixteen, nodata=77.0)[:30] == 0).all()
    assert (eight_bits(np.full((4, 4), 7, np.uint16), nodata=7.0) == 0).all()


def test_dead_pixels_do_not_darken_a_sensor_of_twelve_bits() -> None:
    values = waves(0, 4095)
    clean = eight_bits(values).astype(int)
    values[[3, 50, 90], [7, 80, 140]] = 65_535
    shown = eight_bits(values).astype(int)
    assert shown[3, 7] == 255
    # The bright end moves out by half of the range at most.
    assert 0.6 * clean.mean() < shown.mean() <= clean.mean()
    assert len(np.unique(shown)) > 128


@pytest.mark.parametrize(
    "values",
    [
        # A flame before a heat camera; two clusters; both fillers at once, in the middle of the range.
        np.where((X - 60) ** 2 + (Y - 50) ** 2 < 200, 20_000 + 150 * X, waves(7000, 8400)),
        np.where(waves(0, 1, dtype="float32") > 0.5, waves(0, 60), waves(60_000, 60_060)),
        np.where(X < 30, 0, np.where(X > 120, 65_535, waves(32_700, 32_900))),
    ],
)
def test_content_never_collapses_into_a_few_levels(values: NDArray[np.generic]) -> None:
    values = values.astype(np.uint16)
    shown = eight_bits(values)
    assert len(np.unique(values >> 8)) < 130
    order = np.argsort(values, axis=None)
    assert (np.diff(shown.ravel()[order].astype(int)) >= 0).all()  # brighter stays brighter
    middle = (values > 100) & (values < 60_500) & (X > 30) & (X < 120)
    assert len(np.unique(shown[middle])) >= 30


def test_channels_are_treated_alike() -> None:
    values = np.stack([waves(0, 1000), waves(0, 2000), waves(0, 4000)], axis=-1)
    shown = eight_bits(values).astype(int)
    assert np.abs(shown[..., 2] - values[..., 2] / 4000 * 255).max() <= 1
    assert np.abs(shown[..., 0] - values[..., 0] / 4000 * 255).max() <= 1


def test_many_numbers_are_stretched_from_their_extremes() -> None:
    values = np.random.default_rng(0).normal(0, 1, (1500, 1500))
    shown = eight_bits(values)
    assert np.array_equal(shown, eight_bits(values))
    assert (shown.min(), shown.max()) == (0, 255)
    assert len(np.unique(shown)) > 200


def drawing(ink: int, hidden: int) -> Image.Image:
    """Strokes in alpha alone."""
    alpha = np.where(X % 16 < 5, 255, 0).astype(np.uint8)
    grey = np.where(alpha > 0, ink, hidden).astype(np.uint8)
    return Image.fromarray(np.stack([grey, grey, grey, alpha], axis=-1), "RGBA")


@pytest.mark.parametrize("ink", [0, 90, 160, 180, 255])
@pytest.mark.parametrize("hidden", [0, 255])
def test_a_drawing_in_alpha_stays_visible(ink: int, hidden: int) -> None:
    shown = np.asarray(on_ground(drawing(ink, hidden))).astype(int)
    ground = 0 if ink >= 170 else 255
    assert (shown[:, 8:16] == ground).all()
    assert (shown[:, :5] == ink).all()


def test_alpha_that_is_no_transparency() -> None:
    pixels = np.stack([X, Y, X // 2, np.zeros_like(X)], axis=-1).astype(np.uint8)
    for alpha in (0, 255):
        pixels[..., 3] = alpha
        assert np.array_equal(np.asarray(on_ground(Image.fromarray(pixels, "RGBA"))), pixels[..., :3])
