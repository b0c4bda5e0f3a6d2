"""A key of the pixels that a check has decoded anyway: cheap, and equal or near for pictures with equal full pixels.

`pixel_candidates` compares keys; `pixel_digest` tells for certain.
"""

import hashlib

from PIL import Image

from selection_assets.stages.pictures.canonical_pixels import pixel_sum
from selection_assets.stages.pictures.decoding import DecodedImage

GRID = 4  # cells per side


def pixel_key(decoded: DecodedImage, thumbnail: bytes, grey: Image.Image) -> str:
    """`{width}x{height}-{depth}|{coding}|{exact}|{grid}`, in ASCII.

    coding: of a JPEG that was reduced while it was decoded, a digest of how it was coded; else empty.
    exact: digest of the reduced pixels. Pictures with equal full pixels and equal coding have it in common.
    grid: mean brightness of 4 × 4 cells, 2 hex digits each. It survives that a JPEG is reduced in another way than a
        picture which was decoded whole, up to `pixel_candidates.TOLERANCE`. Empty where nothing was reduced: then every
        picture of this size was decoded whole.

    Args:
        decoded: of `decode_image`.
        thumbnail: what was made of it, encoded.
        grey: the picture as it is measured, in the mode L.
    """
    # (The thumbnail of a deep picture depends on what its file calls "no data" too.)
    exact = hashlib.sha256(decoded.deep_sum or pixel_sum(decoded.pixels) + thumbnail).hexdigest()[:24]
    grid = ""
    if decoded.pixels.shape[:2] != (decoded.height, decoded.width):
        grid = grey.reduce((-(-grey.width // GRID), -(-grey.height // GRID))).tobytes().hex()
    return f"{decoded.width}x{decoded.height}-{decoded.depth}|{decoded.coding.hex()}|{exact}|{grid}"
