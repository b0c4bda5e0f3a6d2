"""How each view of an image is made: the random numbers of a batch, drawn at once.

What SimCLR learns from are pairs of views: two random versions of one image. The distributions are those of
`lightly.data.collate.ImageCollateFunction` (crop, flips, rotation, colour jitter, grey, blur); only the numbers belong
here, applying them is in `crop` and `view_pixels`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from configs.stages.training import AugmentationConfig

Floats = NDArray[np.float32]

CROP_RATIO = (3 / 4, 4 / 3)  # width over height of a crop, as torchvision's RandomResizedCrop draws it
CROP_ATTEMPTS = 10
DEFAULT_SIGMAS = (0.2, 2.0)
KERNEL_SPREAD = 0.2  # of the blur kernel's size: standard deviation, and largest difference, as a share of it
QUARTER_TURN = 90.0
BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)


@dataclass(frozen=True)
class ViewParameters:
    """Parameters of n views; an image's two views are `n / 2` apart.

    Attributes:
        boxes: (n, 4) left, top, right, bottom of the crop, as shares of width and height.
        hflip, vflip, grey: (n,) bool.
        angle: (n,) degrees counter-clockwise; 0 for none.
        jitter: (n,) bool.
        order: (n, 4) in which order brightness (0), contrast (1), saturation (2) and hue (3) change.
        factor: (n, 4) by how much: three factors, and a share of the hue circle to add.
        sigma: (n,) standard deviation of the blur in pixels; 0 for none.
    """

    boxes: Floats
    hflip: NDArray[np.bool_]
    vflip: NDArray[np.bool_]
    angle: Floats
    jitter: NDArray[np.bool_]
    order: NDArray[np.int64]
    factor: Floats
    grey: NDArray[np.bool_]
    sigma: Floats


def draw_views(
    random: np.random.Generator, sizes: NDArray[np.int64], config: AugmentationConfig, input_size: int
) -> ViewParameters:
    """Parameters of two views of each image; `sizes` (n / 2, 2) are their widths and heights."""
    sizes = np.concatenate([sizes, sizes])
    n = len(sizes)
    jitter = np.array([config.cj_bright, config.cj_contrast, config.cj_sat, config.cj_hue], np.float32)
    middle = np.array([1, 1, 1, 0], np.float32)
    return ViewParameters(
        boxes=_crops(random, sizes, config.min_scale),
        hflip=random.random(n) < config.hf_prob,
        vflip=random.random(n) < config.vf_prob,
        angle=np.where(random.random(n) < config.rr_prob, _angles(random, n, config), 0).astype(np.float32),
        jitter=random.random(n) < config.cj_prob,
        order=random.permuted(np.tile(np.arange(4), (n, 1)), axis=1),
        factor=random.uniform(middle - jitter, middle + jitter, (n, 4)).astype(np.float32),
        grey=random.random(n) < config.random_gray_scale,
        sigma=np.where(random.random(n) < config.gaussian_blur, _sigmas(random, n, config, input_size), 0).astype(
            np.float32
        ),
    )


def _crops(random: np.random.Generator, sizes: NDArray[np.int64], min_scale: float) -> Floats:
    """RandomResizedCrop with scale (min_scale, 1): share of the area uniform, ratio log-uniform, place uniform.

    Up to ten draws until the box fits; else the largest box in the middle with a ratio that is allowed. Boxes are not
    rounded to pixels: a thumbnail's pixels are coarser than those of its image.
    """
    n = len(sizes)
    own = (sizes[:, 0] / sizes[:, 1])[:, None]  # (n, 1) width over height
    area = random.uniform(min_scale, 1, (n, CROP_ATTEMPTS))
    ratio = np.exp(random.uniform(np.log(CROP_RATIO[0]), np.log(CROP_RATIO[1]), (n, CROP_ATTEMPTS)))
    widths, heights = np.sqrt(area * ratio / own), np.sqrt(area * own / ratio)  # shares of the image's
    fits = (widths <= 1) & (heights <= 1)
    first, rows = fits.argmax(axis=1), np.arange(n)
    allowed = np.clip(own[:, 0], *CROP_RATIO)
    fallback = ~fits.any(axis=1)
    width = np.where(fallback, np.minimum(1, allowed / own[:, 0]), widths[rows, first])
    height = np.where(fallback, np.minimum(1, own[:, 0] / allowed), heights[rows, first])
    x, y = random.random((2, n))
    left = np.where(fallback, 0.5, x) * (1 - width)
    top = np.where(fallback, 0.5, y) * (1 - height)
    return np.stack([left, top, left + width, top + height], axis=1).astype(np.float32)


def _angles(random: np.random.Generator, n: int, config: AugmentationConfig) -> NDArray[np.float64]:
    if not config.rr_degrees:
        return np.full(n, QUARTER_TURN)
    highest = config.rr_degrees[-1]
    lowest = config.rr_degrees[0] if len(config.rr_degrees) == 2 else -highest
    return random.uniform(lowest, highest, n)


def _sigmas(random: np.random.Generator, n: int, config: AugmentationConfig, input_size: int) -> NDArray[np.float64]:
    """`sigmas`: uniform. `kernel_size`: half the size of a kernel that is normally distributed around k = kernel_size
    times input_size, within ± 20 % of it, rounded down to whole pixels, as the package computed it until `sigmas`."""
    if config.sigmas or config.kernel_size is None:
        lowest, highest = config.sigmas or DEFAULT_SIGMAS
        return random.uniform(lowest, highest, n)
    kernel = config.kernel_size * input_size
    spread = KERNEL_SPREAD * kernel
    return np.floor(np.clip(random.normal(kernel, spread, n), kernel - spread, kernel + spread) / 2)
