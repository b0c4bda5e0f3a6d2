"""Pictures for the tests of this folder, made on the spot."""

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image


def textured(width: int, height: int, seed: int = 0) -> Image.Image:
    """An RGB picture with soft shapes and some noise."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize((width, height))
    noise = rng.normal(0, 6, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(coarse) + noise, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, pillow_format: str, **options: Any) -> bytes:
    """The bytes of a picture file."""
    buffer = BytesIO()
    image.save(buffer, pillow_format, **options)
    return buffer.getvalue()


def decoded(data: bytes) -> np.ndarray:
    """(H, W, 3) uint8 pixels."""
    return np.asarray(Image.open(BytesIO(data)).convert("RGB"))
