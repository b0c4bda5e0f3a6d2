"""Generated pictures by seed and number, and the file that keeps them during training.

What is drawn is decided in `textures` and `shapes`; here: how often which kind, and how the camera saw it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from builtin_model.colours import Picture
from builtin_model.shapes import dead_leaves, fractal, lay, mask, outline, scene, strokes, textured
from builtin_model.textures import power_noise
from selection_assets.stages.progress import track

SIDE = 128  # pixels, the side of a stored picture; the model sees crops of it
KINDS = (dead_leaves, dead_leaves, dead_leaves, scene, scene, textured, textured, strokes, fractal)


def picture(seed: int, number: int, size: int = SIDE) -> NDArray[np.uint8]:
    """(size, size, 3) sRGB. The same seed and number give the same picture."""
    rng = np.random.default_rng([seed, number])
    drawn = _drawn(rng, size)
    if rng.random() < 0.15:
        first = mask(outline(rng, (size / 2, size / 2), size * rng.uniform(0.2, 0.6)), size)
        drawn = lay(drawn, first, _drawn(rng, size))
    return _photographed(drawn, rng)


def _drawn(rng: np.random.Generator, size: int) -> Picture:
    return KINDS[int(rng.integers(0, len(KINDS)))](rng, size)


def _photographed(picture: Picture, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Uneven light, exposure, tint, grey for some, grain."""
    size = len(picture)
    if rng.random() < 0.3:
        picture = picture * (1.0 - rng.uniform(0.2, 0.8) * power_noise(rng, size, 2.2)[..., None])
    if rng.random() < 0.15:
        picture = np.broadcast_to(picture.mean(axis=-1, keepdims=True), picture.shape)
    if rng.random() < 0.7:  # exposed as cameras do it: the darkest and the lightest parts reach the ends
        low, high = np.quantile(picture, (0.02, 0.98))
        picture = (picture - low) / max(float(high - low), 0.1)
    picture = np.clip(picture, 0.0, 1.0) ** np.float32(np.exp(rng.normal(0.0, 0.3)))
    contrast, light = rng.uniform(0.5, 1.1), rng.uniform(-0.1, 0.1)
    picture = (picture - 0.5) * contrast + 0.5 + light + rng.normal(0.0, 0.03, 3)
    grain = rng.uniform(0.0, 0.04) * (rng.random() < 0.5)
    noisy = picture + grain * rng.standard_normal(picture.shape, dtype=np.float32)
    return (np.clip(noisy, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def picture_store(file: Path, count: int, seed: int) -> NDArray[np.uint8]:
    """(count, SIDE, SIDE, 3): pictures 0 to count - 1 of `seed`, memory-mapped; made where `file` lacks them.

    A killed run goes on where it stopped: `file`.done holds how many pictures are whole.
    """
    shape = (count, SIDE, SIDE, 3)
    done_file = file.with_suffix(".done")
    same = file.exists() and done_file.exists() and file.stat().st_size == int(np.prod(shape))
    done = int(done_file.read_text(encoding="ascii")) if same else 0
    store = np.memmap(file, np.uint8, "r+" if same else "w+", shape=shape)
    for number in track(range(done, count), "Drawing pictures", count - done, "pictures"):
        store[number] = picture(seed, number)
        if number % 500 == 499 or number == count - 1:
            store.flush()
            done_file.write_text(str(number + 1), encoding="ascii")
    return np.memmap(file, np.uint8, "r", shape=shape)
