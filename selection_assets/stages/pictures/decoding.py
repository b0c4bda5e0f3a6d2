"""Turns untrusted bytes into one RGB picture at a reduced scale, or says why it cannot.

JPEG goes to libjpeg-turbo through simplejpeg: as fast as Pillow's `draft`, and it reports the damage inside the
compressed data (zeroed or missing blocks, wrong codes), all of which Pillow passes over in silence. Everything else
goes to Pillow, restricted to the formats of `supported_formats`. Measuring and thumbnails are in `image_check`.
"""

import re
import warnings
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import (  # Image.open finds only the formats whose plugin is loaded
    BmpImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    PpmImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from selection_assets.stages.pictures.png_damage import png_damage
from selection_assets.stages.samples.supported_formats import KIND_BY_PILLOW_FORMAT, PILLOW_FORMATS

_JPEG_START = b"\xff\xd8\xff"
# Cameras leave a few stray bytes before a marker; broken data leave dozens (29 or more in 70 of 71 trials).
_STRAY_BYTES_TOLERATED = 16
_STRAY_BYTES = re.compile(r"(\d+) extraneous bytes before marker")
_JPEG_DAMAGE = ("premature end of data", "bad Huffman code", "bad arithmetic code", "found marker")
_SCALES = (8, 4, 2)
# Names for what people really put under a picture's name.
_OWN_CONTENT = (
    (b"\x89PNG", "PNG"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"RIFF", "WebP"),
    (b"\xff\xd8", "JPEG"),
)
_OTHER_CONTENT = (
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xffO\xffQ", "JPEG 2000"),
    (b"8BPS", "Photoshop"),
    (b"icns", "ICNS"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"<", "HTML or XML"),
    (b"{", "JSON"),
    (b"version https://git-lfs", "a Git LFS pointer"),
)


class CorruptImageError(Exception):
    """The verdict on a bad picture: a short sentence for people, and a stable class name for programs."""

    def __init__(self, reason: str, reason_class: str) -> None:
        super().__init__(reason)
        self.reason, self.reason_class = reason, reason_class


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded first frame."""

    kind: str  # jpeg, png, …
    width: int  # of the file, before reduction
    height: int
    mode: str  # how the file stores pixels, in Pillow's words: L, RGB, CMYK, I;16 …
    channels: int
    pixels: NDArray[np.uint8]  # (H, W, 3) RGB, reduced by the power of two of `reduction`


def decode_image(data: bytes, expected_kind: str, extension: str, shortest: int, max_pixels: int) -> DecodedImage:
    """Decode the whole file once.

    Args:
        data: content of the file.
        expected_kind: kind of content that its name promises.
        extension: its extension, for messages.
        shortest: the result is reduced by 1, 2, 4 or 8, as far as its shortest side stays at or above this.
        max_pixels: width × height above which a picture is refused before anything is decoded.

    Returns:
        The first frame. Alpha is dropped, as the training library's loader does; the rotation that a camera notes in
        EXIF is not applied, for the same reason. Deep grey pictures are brought to 8 bits, see `_to_8_bits`.

    Raises:
        CorruptImageError: no picture, another kind than the name says, too large, truncated or damaged. Other
            exceptions of the decoders pass through.
    """
    if not data:
        raise CorruptImageError("the file is empty (0 bytes)", "EmptyFile")
    if data.startswith(_JPEG_START):
        _require_kind("jpeg", expected_kind, extension)
        decoded = _decode_jpeg(data, shortest, max_pixels)
        if decoded is not None:
            return decoded
    return _decode_with_pillow(data, expected_kind, extension, shortest, max_pixels)


def reduction(width: int, height: int, shortest: int) -> int:
    """Largest of 8, 4, 2, 1 that leaves the shorter side at `shortest` or more."""
    return next((scale for scale in _SCALES if min(width, height) // scale >= shortest), 1)


def _require_kind(kind: str, expected: str, extension: str) -> None:
    if kind != expected:
        raise CorruptImageError(f"content is {kind.upper()} but the name ends in {extension}", "FormatMismatch")


def _require_pixels(width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise CorruptImageError(f"the picture has no pixels ({width:,} × {height:,})", "NoPixels")
    if width * height > max_pixels:
        raise CorruptImageError(
            f"{width:,} × {height:,} pixels exceed the limit of {max_pixels:,} pixels", "TooManyPixels"
        )


def _decode_jpeg(data: bytes, shortest: int, max_pixels: int) -> DecodedImage | None:
    """None when Pillow has to read it: CMYK colours, or oddities that leave the picture whole."""
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
    except ValueError as error:
        if _is_harmless(str(error)):
            return None
        raise _jpeg_error(error) from error
    _require_pixels(width, height, max_pixels)
    if colours not in ("YCbCr", "RGB", "Gray"):
        return None
    scale = reduction(width, height, shortest)
    try:
        pixels = simplejpeg.decode_jpeg(
            data, "RGB", fastupsample=True, min_height=-(-height // scale), min_width=-(-width // scale)
        )
    except ValueError as error:
        if _is_harmless(str(error)):
            return None
        raise _jpeg_error(error) from error
    mode = "L" if colours == "Gray" else "RGB"
    return DecodedImage("jpeg", width, height, mode, len(mode), pixels)


def _is_harmless(message: str) -> bool:
    """Whether libjpeg's last warning leaves the picture whole (odd markers, a few stray bytes)."""
    stray = _STRAY_BYTES.search(message)
    if stray:
        return int(stray[1]) <= _STRAY_BYTES_TOLERATED
    return message.startswith(("Unknown Adobe", "Warning: unknown JFIF", "Invalid SOS parameters", "Inconsistent prog"))


def _jpeg_error(error: ValueError) -> CorruptImageError:
    message = str(error)
    if "Premature end of JPEG file" in message or "Premature end of input" in message:
        return CorruptImageError("truncated: the end of the JPEG is missing", "Truncated")
    if _STRAY_BYTES.search(message) or any(sign in message for sign in _JPEG_DAMAGE):
        return CorruptImageError("damaged: the compressed data of the JPEG are broken", "DamagedData")
    return CorruptImageError(f"not a readable JPEG: {message}", "UnreadableHeader")


def _decode_with_pillow(
    data: bytes, expected_kind: str, extension: str, shortest: int, max_pixels: int
) -> DecodedImage:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata of single files; a verdict is all that counts here
        try:
            opened = Image.open(BytesIO(data), formats=PILLOW_FORMATS)
        except UnidentifiedImageError as error:
            raise _unknown_content(data, extension) from error
        except Image.DecompressionBombError as error:
            raise CorruptImageError(f"too many pixels: {error}", "TooManyPixels") from error
        with opened as image:
            kind = KIND_BY_PILLOW_FORMAT[str(image.format)]
            _require_kind(kind, expected_kind, extension)
            width, height = image.size
            _require_pixels(width, height, max_pixels)
            mode, channels = image.mode, len(image.getbands())
            if kind == "png":
                damage = png_damage(data)
                if damage:
                    raise CorruptImageError(damage, "Truncated" if damage.startswith("trunc") else "DamagedData")
            try:
                image.load()
            except OSError as error:
                if "truncated" in str(error) or "unexpected end" in str(error):
                    raise CorruptImageError("truncated: the end of the picture is missing", "Truncated") from error
                raise CorruptImageError(
                    f"damaged: the {kind.upper()} decoder stopped ({error})", type(error).__name__
                ) from error
            picture = _to_rgb(image)
    scale = reduction(width, height, shortest)
    pixels = np.asarray(picture.reduce(scale) if scale > 1 else picture)
    return DecodedImage(kind, width, height, mode, channels, pixels)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_to_8_bits(np.asarray(image))).convert("RGB")
    return image.convert("RGB")


def _to_8_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Grey values of more than 8 bits, (H, W), to 0…255 without clipping.

    16-bit whole numbers: 65,535 is white (the upper byte counts). Wider whole numbers and real numbers have no agreed
    white: [0, 1] is taken as black to white (real numbers only), [0, 255] stays, [0, 65,535] is read as 16 bits (whole
    numbers only), anything else is stretched from its smallest to its largest finite value. NaN and -inf are black.
    """
    if values.dtype == np.uint16:
        return np.asarray(values >> 8, dtype=np.uint8)  # type: ignore[operator]
    real = values.astype(np.float64)
    finite = real[np.isfinite(real)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    real = np.nan_to_num(real, nan=low, posinf=high, neginf=low)
    is_whole = np.issubdtype(values.dtype, np.integer)
    if low >= 0 and high <= 1 and not is_whole:
        real = real * 255
    elif low >= 0 and high <= 65_535 and high > 255 and is_whole:
        real = real / 257
    elif low < 0 or high > 255:
        real = (real - low) * (255 / max(high - low, 1e-300))
    return np.clip(np.rint(real), 0, 255).astype(np.uint8)


def _unknown_content(data: bytes, extension: str) -> CorruptImageError:
    for start, name in _OTHER_CONTENT:
        if data.lstrip().startswith(start):
            return CorruptImageError(f"content is {name} but the name ends in {extension}", "FormatMismatch")
    for start, name in _OWN_CONTENT:
        if data.startswith(start):
            return CorruptImageError(f"damaged: the header of the {name} cannot be read", "UnreadableHeader")
    if not data.strip(b"\0"):
        return CorruptImageError("the file holds nothing but zero bytes", "EmptyFile")
    return CorruptImageError("content is no picture that can be read", "UnidentifiedImageError")
