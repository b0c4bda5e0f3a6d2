"""Foreign bytes into one whole upright picture at its own depth, alpha included.

Only what a file stores is read here; how it becomes 8-bit RGB is said in `pixel_rules`.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from selection_assets.stages.pictures.corrupt_image import CorruptImageError, unsupported
from selection_assets.stages.pictures.deep_png import deep_png_pixels, is_deep_colour
from selection_assets.stages.pictures.deep_ppm import deep_ppm_pixels
from selection_assets.stages.pictures.foreign_content import own_content, unknown_content
from selection_assets.stages.pictures.jpeg_header import read_jpeg_header
from selection_assets.stages.pictures.jpeg_pixels import read_jpeg, require_pixels
from selection_assets.stages.pictures.orientation import is_turned, upright
from selection_assets.stages.pictures.pixel_rules import eight_bits, on_ground
from selection_assets.stages.pictures.png_chunks import SIGNATURE as PNG_SIGNATURE
from selection_assets.stages.pictures.png_chunks import without_texts
from selection_assets.stages.pictures.png_damage import is_interlaced, missing_rows, png_damage
from selection_assets.stages.pictures.tiff_damage import require_whole_tiff
from selection_assets.stages.pictures.tiff_header import (
    ALPHA,
    ASSOCIATED_ALPHA,
    RGB,
    WHITE_IS_ZERO,
    TiffHeader,
    read_tiff_header,
)
from selection_assets.stages.pictures.tiff_pixels import is_read_here, tiff_pixels
from selection_assets.stages.samples.supported_formats import KIND_BY_PILLOW_FORMAT, PILLOW_FORMATS

JPEG_START = b"\xff\xd8\xff"
_FULL_SIZE = 1 << 30


@dataclass(frozen=True, slots=True)
class NativePicture:
    """The first frame, upright."""

    kind: str  # jpeg, png, …
    width: int
    height: int
    mode: str  # how the file stores pixels, in Pillow's words where it has one: L, RGB, CMYK, I;16 …
    channels: int  # of the file
    # 8 bits per channel: a picture in the mode L, LA, RGB or RGBA. Deeper: numbers (H, W, channels).
    pixels: Image.Image | NDArray[np.generic]
    colours: int = 3  # 1 or 3; of deep numbers: how many of the channels are shown
    alpha: int | None = None  # of deep numbers: which channel says how opaque a pixel is
    nodata: float | None = None  # of deep numbers: what the file names as "no data"

    @property
    def depth(self) -> str:
        """`8`, or the type of deep numbers: uint16, float32, …"""
        return "8" if isinstance(self.pixels, Image.Image) else str(self.pixels.dtype)

    def eight_bit_image(self) -> Image.Image:
        """In the mode L, LA, RGB or RGBA."""
        if isinstance(self.pixels, Image.Image):
            return self.pixels
        shown = eight_bits(self.pixels[..., : self.colours], self.nodata)
        image = Image.fromarray(shown[..., 0] if self.colours == 1 else shown)
        if self.alpha is not None:
            image.putalpha(Image.fromarray(_opacity(self.pixels[..., self.alpha])))
        return image

    def rgb(self) -> Image.Image:
        """By all rules of `pixel_rules`."""
        image = self.eight_bit_image()
        return on_ground(image.convert("RGBA")) if image.mode in ("LA", "RGBA") else image.convert("RGB")


def read_native(data: bytes, expected_kind: str, extension: str, max_pixels: int) -> NativePicture:
    """Decode the whole file at full size.

    Args:
        data: content of the file.
        expected_kind: kind of content that its name promises.
        extension: its extension, for messages.
        max_pixels: width × height above which a picture is refused before anything is decoded.

    Raises:
        CorruptImageError: no picture, another kind than the name says, not supported, too large, truncated or damaged.
            Other exceptions of the decoders pass through.
    """
    if data.startswith(JPEG_START):
        require_kind("jpeg", expected_kind, extension)
        jpeg = read_jpeg(data, _FULL_SIZE, max_pixels)
        pixels = jpeg.pixels if jpeg.mode != "L" else np.ascontiguousarray(jpeg.pixels[..., 0])
        return NativePicture("jpeg", jpeg.width, jpeg.height, jpeg.mode, len(jpeg.mode), Image.fromarray(pixels))
    if own_content(data) == "TIFF":
        require_kind("tiff", expected_kind, extension)
        header = read_tiff_header(data)
        require_pixels(header.width, header.height, max_pixels)
        if is_read_here(header):
            return _deep_tiff(data, header)
        require_whole_tiff(data, header, max_pixels)
    return _read_with_pillow(data, expected_kind, extension, max_pixels)


def require_kind(kind: str, expected: str, extension: str) -> None:
    """Raises CorruptImageError where the content is of another kind than the name says."""
    if kind != expected:
        raise CorruptImageError(f"content is {kind.upper()} but the name ends in {extension}", "FormatMismatch")


def _deep_tiff(data: bytes, header: TiffHeader) -> NativePicture:
    with _quiet():
        values = tiff_pixels(data, header)
    colours = 3 if header.photometric == RGB else 1
    alpha = next(
        (colours + n for n, kind in enumerate(header.extra_samples) if kind in (ALPHA, ASSOCIATED_ALPHA)), None
    )
    alpha = alpha if alpha is not None and alpha < header.channels else None
    if header.photometric == WHITE_IS_ZERO:
        values = values.copy()
        shown = values[..., :1]
        values[..., :1] = (
            np.invert(shown) if np.issubdtype(values.dtype, np.unsignedinteger) else np.negative(shown)  # type: ignore[arg-type]
        )
    if alpha is not None and header.extra_samples[alpha - colours] == ASSOCIATED_ALPHA:
        values = _unmultiplied(values, colours, alpha)
    values = upright(values, header.orientation)
    height, width, channels = values.shape
    mode = "x".join(dict.fromkeys((str(channels), str(values.dtype)))) if channels > 1 else _mode(values.dtype)
    if values.dtype == np.uint8:
        shown = np.ascontiguousarray(values[..., :colours] if colours > 1 else values[..., 0])
        image = Image.fromarray(shown)
        if alpha is not None:
            image.putalpha(Image.fromarray(np.ascontiguousarray(values[..., alpha])))
        if channels == colours + (alpha is not None):
            return NativePicture("tiff", width, height, image.mode, channels, image)
    return NativePicture("tiff", width, height, mode, channels, values, colours, alpha, header.nodata)


def _mode(dtype: np.dtype[np.generic]) -> str:
    return {"uint16": "I;16", "int32": "I", "float32": "F"}.get(str(dtype), str(dtype))


def _unmultiplied(values: NDArray[np.generic], colours: int, alpha: int) -> NDArray[np.generic]:
    """Colours that were stored multiplied by alpha, divided by it."""
    result = values.astype(np.float64)
    whole = np.issubdtype(values.dtype, np.integer)
    most = float(np.iinfo(values.dtype).max) if whole else 1.0  # type: ignore[type-var]
    opacity = result[..., alpha : alpha + 1] / most
    shown = result[..., :colours] / np.where(opacity > 0, opacity, 1)
    result[..., :colours] = np.clip(np.rint(shown), 0, most) if whole else shown
    return result.astype(values.dtype)


def _opacity(alpha: NDArray[np.generic]) -> NDArray[np.uint8]:
    """0…255 of a deep alpha channel."""
    whole = np.issubdtype(alpha.dtype, np.integer)
    most = float(np.iinfo(alpha.dtype).max) if whole else 1.0  # type: ignore[type-var]
    return np.clip(np.rint(np.nan_to_num(alpha.astype(np.float64)) * (255 / most)), 0, 255).astype(np.uint8)


def upright_size(data: bytes, expected_kind: str, extension: str, max_pixels: int) -> tuple[int, int]:
    """(width, height) as shown, from the header alone. Raises as `read_native` does."""
    if data.startswith(JPEG_START):
        require_kind("jpeg", expected_kind, extension)
        return read_jpeg_header(data).upright_size
    if own_content(data) == "TIFF":
        header = read_tiff_header(data)
        size = header.width, header.height
        return size[::-1] if is_turned(header.orientation) else size
    with _quiet(), _opened(data, expected_kind, extension, max_pixels) as image:
        return image.size[::-1] if is_turned(_orientation(image)) else image.size


def _orientation(image: Image.Image) -> int:
    try:
        turn = image.getexif().get(0x0112, 1)
    except Exception:  # whatever a foreign block makes Pillow raise: no pixel depends on it
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


@cache
def _load_plugins() -> None:
    """`Image.open` finds only the formats whose plugin is loaded. Not at the start: most folders hold JPEGs alone."""
    from PIL import (  # noqa: F401
        BmpImagePlugin,
        JpegImagePlugin,
        PngImagePlugin,
        PpmImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )


def _opened(data: bytes, expected_kind: str, extension: str, max_pixels: int) -> ImageFile.ImageFile:
    if data.startswith(b"BM") and int.from_bytes(data[18:22], "little", signed=True) < 0 and data[14] >= 40:
        # Only heights may be below 0: stored from the top. Pillow reads widths without their sign.
        raise CorruptImageError("damaged: the header of the BMP says a width below 0", "UnreadableHeader")
    if data.startswith(PNG_SIGNATURE):
        if data[12:16] == b"CgBI":
            raise unsupported("the PNG variant of iOS apps (CgBI)")
        data = without_texts(data)
    _load_plugins()
    try:
        image = Image.open(BytesIO(data), formats=PILLOW_FORMATS)
    except UnidentifiedImageError as error:
        raise _unidentified(data, extension) from error
    except Image.DecompressionBombError as error:
        raise CorruptImageError(f"too many pixels: {error}", "TooManyPixels") from error
    require_kind(KIND_BY_PILLOW_FORMAT[str(image.format)], expected_kind, extension)
    require_pixels(*image.size, max_pixels)
    return image


def _read_with_pillow(data: bytes, expected_kind: str, extension: str, max_pixels: int) -> NativePicture:
    with _quiet(), _opened(data, expected_kind, extension, max_pixels) as image:
        kind = expected_kind
        mode, channels = image.mode, len(image.getbands())
        if kind == "png":
            _require_no_damage(png_damage(data))
        with _verdicts(kind):
            return _loaded(data, image, kind, mode, channels)


def _require_no_damage(damage: str | None) -> None:
    if damage:
        raise CorruptImageError(damage, "Truncated" if damage.startswith("trunc") else "DamagedData")


def _loaded(data: bytes, image: ImageFile.ImageFile, kind: str, mode: str, channels: int) -> NativePicture:
    deep: NDArray[np.generic] | None = None
    alpha: int | None = None
    if kind == "png" and is_deep_colour(data):
        deep = deep_png_pixels(data)
        alpha = deep.shape[2] - 1 if deep.shape[2] in (2, 4) else None
    elif kind == "ppm" and image.mode == "RGB":
        deep = deep_ppm_pixels(data)
    if deep is None:
        image.load()
        if image.mode.startswith("I") or image.mode == "F":
            deep = np.asarray(image)[..., None]
            if kind == "ppm":  # always 16 bits, which Pillow keeps in 32
                deep = deep.astype(np.uint16)
            if kind == "png" and isinstance(image.info.get("transparency"), int):
                clear = image.info["transparency"]
                deep = np.concatenate((deep, np.where(deep == clear, 0, 65_535).astype(deep.dtype)), axis=2)
                alpha = 1
    if kind == "png" and (is_interlaced(data) or _ends_in_zeros(image if deep is None else deep)):
        _require_no_damage(missing_rows(data))
    if deep is None:
        shown = _plain(image)
        turn = _orientation(image)
        turned = Image.fromarray(upright(np.asarray(shown), turn)) if turn != 1 else shown
        return NativePicture(kind, *turned.size, mode, channels, turned)
    deep = upright(deep, _orientation(image))
    colours = 3 if deep.shape[2] >= 3 else 1
    return NativePicture(kind, deep.shape[1], deep.shape[0], mode, channels, deep, colours, alpha)


def _ends_in_zeros(pixels: Image.Image | NDArray[np.generic]) -> bool:
    """Whether the last row looks like one that was never read."""
    if isinstance(pixels, Image.Image):
        width, height = pixels.size
        row = pixels.crop((0, height - 1, width, height)).tobytes()
        return row.count(0) == len(row)
    return not pixels[-1, :, 0].any()


def _plain(image: Image.Image) -> Image.Image:
    """In the mode L, LA, RGB or RGBA."""
    if image.mode in ("L", "LA", "RGB", "RGBA") and "transparency" not in image.info:
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _unidentified(data: bytes, extension: str) -> CorruptImageError:
    own = own_content(data)
    if own == "TIFF":
        # Its header was read before; so the file is whole, and Pillow does not know the layout.
        return unsupported(f"a TIFF with {read_tiff_header(data).layout}")
    return unknown_content(data, extension)


@contextmanager
def _verdicts(kind: str) -> Iterator[None]:
    """What decoders raise, in words."""
    try:
        yield
    except OSError as error:
        if "truncated" in str(error) or "unexpected end" in str(error):
            raise CorruptImageError("truncated: the end of the picture is missing", "Truncated") from error
        raise CorruptImageError(
            f"damaged: the {kind.upper()} decoder stopped ({error})", type(error).__name__
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd metadata of single files; a verdict is all that counts here
        yield
