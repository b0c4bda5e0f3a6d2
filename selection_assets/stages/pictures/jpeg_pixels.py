"""A JPEG into its pixels, and the damage inside its compressed data.

libjpeg-turbo (through simplejpeg) is as fast as Pillow's `draft`, and it reports zeroed or missing blocks and wrong
codes, all of which Pillow passes over in silence. But of several warnings it reports the first alone. So where that one
is harmless (`jpeg_oddities`), the oddity is mended in a copy, which is read again to hear the next.
"""

import re
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from selection_assets.stages.pictures.corrupt_image import CorruptImageError, unsupported
from selection_assets.stages.pictures.jpeg_header import JpegHeader, read_jpeg_header
from selection_assets.stages.pictures.jpeg_oddities import is_harmless, keeps_pixels, mended
from selection_assets.stages.pictures.jpeg_parts import grey_parts
from selection_assets.stages.pictures.orientation import upright

_MODES = {1: "L", 3: "RGB", 4: "CMYK"}
_SCALES = (8, 4, 2)
_ROUNDS = 24  # of mending: more oddities than any camera has
_DAMAGE = ("premature end of data", "bad Huffman code", "bad arithmetic code", "found marker")
_STRAY_BYTES = re.compile(r"\d+ extraneous bytes before marker")
# Valid files of kinds that libjpeg-turbo, as it is built here, cannot decode to 8 bits.
_UNSUPPORTED = re.compile(
    r"Unsupported JPEG (process|data precision)|Unsupported color conversion|not compiled|not implemented"
    r"|rithmetic coding|Requested feature was omitted"
)


@dataclass(frozen=True, slots=True)
class JpegPixels:
    """Upright."""

    mode: str  # L, RGB or CMYK
    width: int  # of the whole picture
    height: int
    pixels: NDArray[np.uint8]  # (H, W, 3) RGB, reduced by a power of two
    coding: bytes  # a digest of how it was coded, where it was reduced; else empty


def reduction(width: int, height: int, shortest: int) -> int:
    """Largest of 8, 4, 2, 1 that leaves the shorter side at `shortest` or more."""
    return next((scale for scale in _SCALES if min(width, height) // scale >= shortest), 1)


def read_jpeg(data: bytes, shortest: int, max_pixels: int) -> JpegPixels:
    """Decode once, reduced by 1, 2, 4 or 8 as far as the shortest side stays at or above `shortest`.

    In full size pixels are those of Pillow's own decoding; reduced ones take a simpler way from the stored colour
    resolution to that of the picture. CMYK and YCCK become RGB as in Pillow, which takes them as inverted, as all
    programs write them.

    Raises:
        CorruptImageError: too large, not supported, truncated or damaged.
    """
    header = read_jpeg_header(data)
    _require_supported(header)
    require_pixels(header.width, header.height, max_pixels)
    scale = reduction(header.width, header.height, shortest)
    least = {"min_height": -(-header.height // scale), "min_width": -(-header.width // scale)} if scale > 1 else {}
    space = "CMYK" if header.components == 4 else "RGB"
    options = {"colorspace": space, "fastupsample": scale > 1, **least}
    try:
        pixels = simplejpeg.decode_jpeg(data, **options)
    except ValueError as error:
        pixels = _pixels_despite(str(error), data, header, options)
    if space == "CMYK":
        pixels = _cmyk_to_rgb(pixels)
    if header.orientation != 1:
        pixels = upright(pixels, header.orientation)
    width, height = header.upright_size
    coding = header.coding if scale > 1 else b""
    return JpegPixels(_MODES[header.components], width, height, pixels, coding)


def require_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raises CorruptImageError where there are none, or too many."""
    if width < 1 or height < 1:
        raise CorruptImageError(f"the picture has no pixels ({width:,} × {height:,})", "NoPixels")
    if width * height > max_pixels:
        raise CorruptImageError(
            f"{width:,} × {height:,} pixels exceed the limit of {max_pixels:,} pixels", "TooManyPixels"
        )


def _require_supported(header: JpegHeader) -> None:
    if header.process is not None:
        raise unsupported(f"a JPEG of the kind {header.process}")
    if header.bits != 8:
        raise unsupported(f"a JPEG of {header.bits} bits per channel")
    if header.components not in _MODES:
        raise unsupported(f"a JPEG of {header.components} channels")


def _pixels_despite(message: str, data: bytes, header: JpegHeader, options: dict[str, object]) -> NDArray[np.uint8]:
    """The pixels of a JPEG at which libjpeg-turbo stumbled, where that leaves the picture whole."""
    if "subsampling" in message:  # an uncommon ratio of colour resolutions, which simplejpeg has no name for
        for part in grey_parts(data):
            _require_undamaged(part)
        return _pixels_of_pillow(data, header, options)
    copy, has_same_pixels = data, True
    for _ in range(_ROUNDS):
        if not is_harmless(message):
            raise _verdict(message)
        for changed in mended(copy, message):
            pixels, next_message = _decoded(changed, options)
            if next_message != message:
                break
        else:  # no way is known: what libjpeg may have said after this remains unheard
            break
        has_same_pixels = has_same_pixels and keeps_pixels(message)
        if pixels is not None and has_same_pixels:
            return pixels
        if pixels is not None:
            break
        copy, message = changed, next_message
    return np.asarray(simplejpeg.decode_jpeg(data, strict=False, **options))


def _decoded(data: bytes, options: dict[str, object]) -> tuple[NDArray[np.uint8] | None, str]:
    """The pixels and an empty text, or none and the first warning."""
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, **options)), ""
    except ValueError as error:
        return None, str(error)


def _require_undamaged(part: bytes) -> None:
    try:
        simplejpeg.decode_jpeg(part, "GRAY", min_height=1, min_width=1)
    except ValueError as error:
        if not is_harmless(str(error)):
            raise _verdict(str(error)) from error


def _pixels_of_pillow(data: bytes, header: JpegHeader, options: dict[str, object]) -> NDArray[np.uint8]:
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        size = (int(str(options.get("min_width", header.width))), int(str(options.get("min_height", header.height))))
        if size != image.size:
            image.draft(None, size)
        try:
            image.load()
        except OSError as error:
            raise _verdict("Premature end of JPEG file" if "truncated" in str(error) else str(error)) from error
        if image.mode == "CMYK":
            return 255 - np.asarray(image)
        return np.asarray(image.convert("RGB"))


def _cmyk_to_rgb(inverted: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = inverted.shape
    picture = Image.frombuffer("CMYK", (width, height), inverted.tobytes(), "raw", "CMYK;I", 0, 1)
    return np.asarray(picture.convert("RGB"))


def _verdict(message: str) -> CorruptImageError:
    if "Premature end of JPEG file" in message or "Premature end of input" in message:
        return CorruptImageError("truncated: the end of the JPEG is missing", "Truncated")
    if _STRAY_BYTES.search(message) or any(sign in message for sign in _DAMAGE):
        return CorruptImageError("damaged: the compressed data of the JPEG are broken", "DamagedData")
    if _UNSUPPORTED.search(message):
        return unsupported(f"this kind of JPEG ({message})")
    return CorruptImageError(f"not a readable JPEG: {message}", "UnreadableHeader")
