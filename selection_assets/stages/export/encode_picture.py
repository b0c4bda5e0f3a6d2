"""One dumped picture: copied as it is where that satisfies the options, else decoded, resized and encoded anew.

Bytes in, bytes out; names, folders and threads are in `dump`.
"""

import contextlib
import io
import warnings
from collections.abc import Sequence

import numpy as np
from PIL import Image

from configs.filenames.extensions import extension_of
from selection_assets.stages.pictures.foreign_content import own_content, unknown_content
from selection_assets.stages.pictures.native_picture import NativePicture, read_native, upright_size
from selection_assets.stages.pictures.pixel_rules import on_ground
from selection_assets.stages.samples.supported_formats import PILLOW_FORMATS

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
_KEEPS_ALPHA = ("PNG", "TIFF", "WEBP")
_KEEPS_16_BITS = ("PNG", "TIFF", "PPM")
_MOST_PIXELS = 1 << 28


def encode_picture(
    data: bytes, filename: str, image_format: str, image_size: Sequence[int], max_pixels: int = _MOST_PIXELS
) -> bytes:
    """The picture in `image_format` (a key of FORMATS) and `image_size`.

    `image_size`: empty for as it is, [x] for a shortest edge of x pixels, [height, width] for exactly that. Returned as
    it came when format and size fit already. Greys of 16 bits keep them where the format can; every other kind of
    picture becomes 8 bits per channel by `pixel_rules`, with alpha where the format has it. A rotation noted in Exif is
    applied to the pixels, of several frames the first remains.

    Raises:
        CorruptImageError: no picture, not supported, too large, truncated or damaged; and what decoders raise.
    """
    pillow_format, kind = FORMATS[image_format]
    extension = extension_of(filename)
    content = own_content(data)
    if content is None:
        raise unknown_content(data, extension)
    own_kind = content.lower()  # not what the name says: it may be wrong
    if own_kind == kind:
        size = upright_size(data, own_kind, extension, max_pixels)
        if _new_size(size, image_size) == size:
            return data
    native = read_native(data, own_kind, extension, max_pixels)
    size = (native.width, native.height)
    image = _resized(_storable(native, pillow_format), _new_size(size, image_size))
    options = dict(SAVE_OPTIONS.get(pillow_format, {}))
    profile = _profile(data)
    if profile and image.mode in ("RGB", "RGBA"):
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


def _storable(native: NativePicture, pillow_format: str) -> Image.Image:
    """The picture in a mode that the format can hold: L, RGB, RGBA or I;16."""
    if native.depth == "uint16" and native.channels == 1 and native.alpha is None and pillow_format in _KEEPS_16_BITS:
        return Image.fromarray(np.asarray(native.pixels)[..., 0])
    image = native.eight_bit_image()
    if image.mode not in ("LA", "RGBA"):
        return image
    image = image.convert("RGBA")
    return image if pillow_format in _KEEPS_ALPHA else on_ground(image)


def _profile(data: bytes) -> bytes | None:
    """The colour profile of an RGB picture, where Pillow can read one: no pixel depends on it."""
    with warnings.catch_warnings(), contextlib.suppress(Exception):
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=PILLOW_FORMATS) as opened:
            return opened.info.get("icc_profile") if opened.mode in ("RGB", "RGBA") else None
    return None


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if size == image.size:
        return image
    if image.mode != "I;16":
        return image.resize(size, Image.Resampling.LANCZOS)
    values = Image.fromarray(np.asarray(image, np.float32)).resize(size, Image.Resampling.LANCZOS)
    return Image.fromarray(np.clip(np.rint(np.asarray(values)), 0, 65_535).astype(np.uint16))
