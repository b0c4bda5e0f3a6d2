"""What happens to pictures on their way into a bucket twice: cut, turned, mirrored, relit, blurred, compressed again.

Used to measure, never to train: the training has views of its own in `views`.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

Rng = np.random.Generator
Distortion = Callable[[Image.Image, Rng], Image.Image]


def cut(image: Image.Image, rng: Rng) -> Image.Image:
    """A part with 40 to 90 % of the area."""
    share = np.sqrt(rng.uniform(0.4, 0.9))
    width, height = max(8, round(image.width * share)), max(8, round(image.height * share))
    left, top = int(rng.integers(0, image.width - width + 1)), int(rng.integers(0, image.height - height + 1))
    return image.crop((left, top, left + width, top + height))


def turn(image: Image.Image, rng: Rng) -> Image.Image:
    """By 5 to 25 degrees either way; corners that come into view are cut off."""
    angle = float(rng.uniform(5.0, 25.0) * rng.choice([-1.0, 1.0]))
    cos, sin = np.cos(np.radians(angle)), abs(np.sin(np.radians(angle)))
    width, height = image.size
    kept = min(width / (width * cos + height * sin), height / (width * sin + height * cos))
    inset_x, inset_y = int(width * (1.0 - kept) / 2) + 1, int(height * (1.0 - kept) / 2) + 1
    turned = image.rotate(angle, Image.Resampling.BILINEAR)
    return turned.crop((inset_x, inset_y, width - inset_x, height - inset_y))


def mirror(image: Image.Image, rng: Rng) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def relight(image: Image.Image, rng: Rng) -> Image.Image:
    """Brightness, contrast and saturation times 0.6 to 1.5."""
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhancer(image).enhance(float(np.exp(rng.uniform(np.log(0.6), np.log(1.5)))))
    return image


def squeeze(image: Image.Image, rng: Rng) -> Image.Image:
    """The sides cut off, 60 to 90 % of the width left: the square that a model sees stretches the rest."""
    ratio = float(np.exp(rng.uniform(np.log(0.6), np.log(0.9))))
    width = max(8, round(image.width * ratio))
    left = (image.width - width) // 2
    return image.crop((left, 0, left + width, image.height))


def blur(image: Image.Image, rng: Rng) -> Image.Image:
    """Gaussian, of a radius of 0.5 to 2 % of the shorter side."""
    return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.005, 0.02)) * min(image.size)))


def grain(image: Image.Image, rng: Rng) -> Image.Image:
    """Gaussian noise of 8 to 30 grey levels."""
    pixels = np.asarray(image, np.float32)
    noisy = pixels + rng.uniform(8.0, 30.0) * rng.standard_normal(pixels.shape, dtype=np.float32)
    return Image.fromarray(np.clip(noisy, 0.0, 255.0).astype(np.uint8))


def compress(image: Image.Image, rng: Rng) -> Image.Image:
    """JPEG of quality 5 to 20."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=int(rng.integers(5, 21)))
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def several(image: Image.Image, rng: Rng) -> Image.Image:
    """Cut, turned, relit, blurred and compressed, half of the time mirrored."""
    for step in (cut, turn, relight, blur, compress):
        image = step(image, rng)
    return mirror(image, rng) if rng.random() < 0.5 else image


DISTORTIONS: dict[str, Distortion] = {
    step.__name__: step for step in (cut, turn, mirror, relight, squeeze, blur, grain, compress, several)
}
