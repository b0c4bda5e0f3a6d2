"""One dumped picture: copied as it is where that satisfies the options, else decoded, resized and encoded anew.

Bytes in, bytes out; names, folders and threads are in `dump`.
"""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageOps

from selection_assets.stages.pictures.picture_pixels import OPENED_FORMATS, eight_bit
from selection_assets.stages.samples.supported_formats import KIND_BY_PILLOW_FORMAT

# Option value -> Pillow's name of the format and its kind in `supported_formats`.
FORMATS = {
    "png": ("PNG", "png"),
    "jpg": ("JPEG", "jpeg"),
    "jpeg": ("JPEG", "jpeg"),
    "bmp": ("BMP", "bmp"),
    "tif": ("TIFF", "tiff"),
    "tiff": ("TIFF", "tiff"),
    "webp": ("WEBP", "webp"),
    "ppm": ("PPM", "ppm"),
}
SAVE_OPTIONS: dict[str, dict[str, object]] = {
    "PNG": {"compress_level": 3},  # half the time of Pillow's default for a few percent more bytes
    "JPEG": {"quality": 95},
    "WEBP": {"quality": 95},
    "TIFF": {"compression": "tiff_lzw"},
}
KEEPS_ALPHA = ("PNG", "TIFF", "WEBP")
KEEPS_16_BITS = ("PNG", "TIFF", "PPM")
BACKGROUND = (255, 255, 255)


def encode_picture(data: bytes, image_format: str, image_size: Sequence[int]) -> bytes:
    """The picture in `image_format` (a key of FORMATS) and `image_size`.

    `image_size`: empty for as it is, [x] for a shortest edge of x pixels, [height, width] for exactly that. Returned as
    it came when format and size fit already. What the new format cannot hold is turned into what it can: transparency
    becomes white ground, 16-bit greys keep their upper byte, CMYK becomes RGB, of several frames the first remains. A
    rotation noted in EXIF is applied to the pixels.

    Raises what Pillow raises for a broken picture: OSError, ValueError, SyntaxError, Image.DecompressionBombError.
    """
    pillow_format, kind = FORMATS[image_format]
    with Image.open(io.BytesIO(data), formats=OPENED_FORMATS) as opened:
        fits = KIND_BY_PILLOW_FORMAT[opened.format or ""] == kind
        upright = ImageOps.exif_transpose(opened)
        size = _new_size(upright.size, image_size)
        if fits and size == upright.size:
            return data
        profile = opened.info.get("icc_profile")
        image = _resized(_storable(upright, pillow_format), size)
    options = dict(SAVE_OPTIONS.get(pillow_format, {}))
    if profile and image.mode in ("RGB", "RGBA") and upright.mode in ("RGB", "RGBA"):
        options["icc_profile"] = profile
    encoded = io.BytesIO()
    image.save(encoded, pillow_format, **options)
    return encoded.getvalue()


def _new_size(size: tuple[int, int], image_size: Sequence[int]) -> tuple[int, int]:
    """(width, height) after the option, whose pair is [height, width]."""
    if not image_size:
        return size
    if len(image_size) == 2:
        return image_size[1], image_size[0]
    width, height = size
    shortest = min(size)
    return max(1, round(width * image_size[0] / shortest)), max(1, round(height * image_size[0] / shortest))


def _storable(image: Image.Image, pillow_format: str) -> Image.Image:
    """The picture in a mode that the format can hold: L, RGB, RGBA or I;16."""
    if image.mode.startswith("I;16") and pillow_format in KEEPS_16_BITS:
        return image
    image = eight_bit(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if pillow_format in KEEPS_ALPHA:
            return image
        ground = Image.new("RGB", image.size, BACKGROUND)
        ground.paste(image, mask=image.getchannel("A"))
        return ground
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if size == image.size:
        return image
    if not image.mode.startswith("I;16"):
        return image.resize(size, Image.Resampling.LANCZOS)
    values = Image.fromarray(np.asarray(image, np.float32)).resize(size, Image.Resampling.LANCZOS)
    return Image.fromarray(np.clip(np.rint(np.asarray(values)), 0, 65_535).astype(np.uint16))
