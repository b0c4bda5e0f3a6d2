"""A key of the pixels that a check has decoded anyway: cheap, and equal or near for pictures with equal full pixels.

`pixel_candidates` compares keys; `pixel_digest` tells for certain.
"""

import struct
from zlib import adler32, crc32

from PIL import Image

from selection_assets.stages.pictures.decoding import DecodedImage

GRID = 4  # cells per side


def pixel_key(decoded: DecodedImage, thumbnail: bytes, grey: Image.Image, sharpness: float) -> str:
    """`{width}x{height}-{depth}|{coding}|{exact}|{grid}`, in ASCII.

    coding: of a JPEG that was reduced while it was decoded, a digest of how it was coded; else empty.
    exact: what tells reduced pictures apart, in 32 hex digits. Pictures with equal full pixels and equal coding have
        it in common.
    grid: mean brightness of 4 × 4 cells, 2 hex digits each. It survives that a JPEG is reduced in another way than a
        picture which was decoded whole, up to `pixel_candidates.TOLERANCE`. Empty where nothing was reduced: then every
        picture of this size was decoded whole.

    Args:
        decoded: of `decode_image`.
        thumbnail: what was made of it, encoded.
        grey: the picture as it is measured, in the mode L.
        sharpness: of `grey`; in 64 bits, which hardly two pictures share.
    """
    if decoded.deep_sum:  # the thumbnail depends on what the file calls "no data" too
        exact = struct.pack(">IIq", crc32(decoded.deep_sum), adler32(decoded.deep_sum), len(decoded.deep_sum))
    else:
        exact = struct.pack(">IId", crc32(thumbnail), adler32(thumbnail), sharpness)
    grid = ""
    if decoded.pixels.shape[:2] != (decoded.height, decoded.width):
        grid = grey.reduce((-(-grey.width // GRID), -(-grey.height // GRID))).tobytes().hex()
    return f"{decoded.width}x{decoded.height}-{decoded.depth}|{decoded.coding.hex()}|{exact.hex()}|{grid}"
