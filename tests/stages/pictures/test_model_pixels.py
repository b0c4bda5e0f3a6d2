import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.model_pixels import model_pixels
from tests.stages.drawn_pictures import decoded, encoded, textured
from tests.stages.pictures.tiff_files import tiff

LIMIT = 1_000_000
Y, X = np.mgrid[0:240, 0:320]
WAVES = (0.5 + 0.45 * np.sin(X / 19) * np.cos(Y / 17)).astype(np.float32)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (encoded(Image.fromarray(WAVES), "TIFF"), "a.tif"),
        (encoded(Image.fromarray((WAVES * 65_535).astype(np.uint16)), "PNG"), "a.png"),
        (encoded(Image.fromarray((WAVES * 255).astype(np.uint8)), "JPEG", quality=98), "a.jpg"),
        (tiff(np.stack([WAVES] * 3, axis=-1).astype("f8")), "a.tif"),
    ],
)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_every_kind_of_numbers_is_seen_alike(data: bytes, name: str, interpolation: str) -> None:
    pixels = model_pixels(data, name, 48, interpolation, LIMIT)  # type: ignore[arg-type]
    resampling = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}[interpolation]
    expected = np.asarray(Image.fromarray((WAVES * 255).astype(np.uint8)).resize((48, 48), resampling))
    assert pixels.shape == (48, 48, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels - expected[..., None].astype(float)).max() < 3


def test_the_model_sees_what_the_check_shows() -> None:
    """Rotation and transparency by the rules of the check: its thumbnail is the same picture."""
    exif = Image.Exif()
    exif[0x0112] = 6
    clear = textured(200, 120)
    clear.putalpha(Image.fromarray((X[:120, :200] % 16 < 9).astype(np.uint8) * 255))
    for data, name in ((encoded(textured(200, 120), "JPEG", exif=exif), "a.jpg"), (encoded(clear, "PNG"), "a.png")):
        thumbnail = check_image(data, name, 128, LIMIT).thumbnail
        assert thumbnail is not None
        shown = np.asarray(Image.fromarray(decoded(thumbnail)).resize((32, 32), Image.Resampling.BILINEAR))
        assert np.abs(model_pixels(data, name, 32, "bilinear", LIMIT) - shown.astype(float)).mean() < 3


def test_jpegs_turned_by_a_camera() -> None:
    exif = Image.Exif()
    exif[0x0112] = 5
    data = encoded(textured(64, 48), "JPEG", exif=exif, quality=95)
    expected = np.asarray(Image.fromarray(decoded(data)).transpose(Image.Transpose.TRANSPOSE).resize((24, 24), 2))
    assert np.abs(model_pixels(data, "a.jpg", 24, "bilinear", LIMIT) - expected.astype(float)).max() <= 1


def test_what_cannot_be_decoded() -> None:
    with pytest.raises(CorruptImageError, match="exceed the limit of 100 pixels"):
        model_pixels(encoded(textured(20, 20), "PNG"), "a.png", 8, "bilinear", 100)
    with pytest.raises(CorruptImageError, match=r"content is PNG but the name ends in \.jpg"):
        model_pixels(encoded(textured(20, 20), "PNG"), "a.jpg", 8, "bilinear", LIMIT)
    with pytest.raises(CorruptImageError, match="the file is empty"):
        model_pixels(b"", "a.jpg", 8, "bilinear", LIMIT)
