"""The digest of everything that a picture shows, whatever the file around it.

Two pictures are exact duplicates when, and only when, their digests are equal.
"""

import hashlib

from selection_assets.stages.pictures.canonical_pixels import canonical_pixels
from selection_assets.stages.pictures.decoding import expected_kind
from selection_assets.stages.pictures.native_picture import read_native


def pixel_digest(data: bytes, filename: str, max_pixels: int) -> str:
    """SHA-256 (64 hex digits) of the full decoded pixels at their own depth, alpha included, after rotation.

    The same pixels have one digest in every format; a JPEG has that of the PNG made of it. A palette counts as its
    colours, one bit per pixel as black and white of 8 bits, CMYK as its RGB. Grey is the same as RGB of three equal
    channels, and alpha that is opaque everywhere the same as none. Pictures of different depth differ, and so do
    pictures that differ where they are transparent: what is stored counts, not what is shown. Of further channels (a
    satellite's bands) every one counts.

    Args:
        data: content of the file.
        filename: its name; the extension says which kind of content is expected.
        max_pixels: width × height above which a picture is refused.

    Raises:
        CorruptImageError: no picture, not supported, too large, truncated or damaged; and what decoders raise.
    """
    pixels = canonical_pixels(read_native(data, *expected_kind(filename), max_pixels))
    height, width, channels = pixels.shape
    digest = hashlib.sha256(f"{width}x{height}x{channels} {pixels.dtype.str}".encode())
    digest.update(pixels.data)
    return digest.hexdigest()
