"""Foreign bytes into one RGB picture at a reduced scale, by the rules of `pixel_rules`, or the reason why not.

A JPEG is reduced while it is decoded; everything else is decoded whole first. Measuring and thumbnails are in
`checking/image_check`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.filenames.extensions import extension_of
from selection_assets.stages.pictures.canonical_pixels import canonical_pixels, pixel_sum
from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.jpeg_pixels import read_jpeg, reduction
from selection_assets.stages.pictures.native_picture import JPEG_START, read_native, require_kind
from selection_assets.stages.samples.supported_formats import kind_of


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """A decoded first frame, upright."""

    kind: str  # jpeg, png, …
    width: int  # before reduction
    height: int
    mode: str  # how the file stores pixels, in Pillow's words where it has one: L, RGB, CMYK, I;16 …
    channels: int
    depth: str  # 8, or the type of deep numbers
    # Of a JPEG that was reduced while it was decoded: how it was coded (`JpegPixels.coding`). Empty where `pixels`
    # follow from the full pixels alone.
    coding: bytes
    deep_sum: bytes  # of deep numbers, a checksum of all; empty for 8 bits, which `pixels` show whole
    pixels: NDArray[np.uint8]  # (H, W, 3) RGB, reduced by the power of two of `jpeg_pixels.reduction`


def decode_image(data: bytes, filename: str, shortest: int, max_pixels: int) -> DecodedImage:
    """Decode the whole file once.

    Args:
        data: content of the file.
        filename: its name; the extension says which kind of content is expected (`supported_formats`).
        shortest: the result is reduced by 1, 2, 4 or 8, as far as its shortest side stays at or above this.
        max_pixels: width × height above which a picture is refused before anything is decoded.

    Raises:
        CorruptImageError: no picture, another kind than the name says, not supported, too large, truncated or damaged.
            Other exceptions of the decoders pass through.
    """
    kind, extension = expected_kind(filename)
    if data.startswith(JPEG_START):
        require_kind("jpeg", kind, extension)
        jpeg = read_jpeg(data, shortest, max_pixels)
        return DecodedImage(
            "jpeg", jpeg.width, jpeg.height, jpeg.mode, len(jpeg.mode), "8", jpeg.coding, b"", jpeg.pixels
        )
    native = read_native(data, kind, extension, max_pixels)
    scale = reduction(native.width, native.height, shortest)
    deep_sum = b"" if native.depth == "8" else pixel_sum(canonical_pixels(native))
    picture = native.rgb()
    pixels = np.asarray(picture.reduce(scale) if scale > 1 else picture)
    return DecodedImage(
        native.kind, native.width, native.height, native.mode, native.channels, native.depth, b"", deep_sum, pixels
    )


def expected_kind(filename: str) -> tuple[str, str]:
    """Kind of content that the name promises, and its extension. Raises CorruptImageError where it promises none."""
    kind, extension = kind_of(filename), extension_of(filename)
    if kind is None:
        raise CorruptImageError(f"{extension or 'no extension'} is no picture extension", "UnsupportedExtension")
    return kind, extension
