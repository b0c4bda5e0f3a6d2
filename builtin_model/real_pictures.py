"""Real pictures to measure on, which the training never saw: digits, scikit-image's pictures, CamVid."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from configs.errors import InputError

# Colour and grey; of pairs that show the same (motorcycle left and right, the two chessboards) one.
BUNDLED = (
    "astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "chessboard_RGB.png", "clock_motion.png",
    "coffee.png", "coins.png", "color.png", "grass.png", "gravel.png", "horse.png", "hubble_deep_field.jpg", "ihc.png",
    "logo.png", "microaneurysms.png", "moon.png", "motorcycle_left.png", "page.png", "phantom.png", "retina.jpg",
    "rocket.jpg", "text.png",
)  # fmt: skip
CLASSES = 11  # of CamVid's annotation; 11 itself means unlabelled
LONGEST = 512  # pixels: larger pictures are reduced first, so that distortions take milliseconds


def bundled_pictures() -> dict[str, Image.Image]:
    """scikit-image's and scikit-learn's example pictures by file name, RGB, at most LONGEST pixels wide or high."""
    import skimage
    import sklearn.datasets

    folders = (
        (Path(skimage.__file__).parent / "data", BUNDLED),
        (Path(sklearn.datasets.__file__).parent / "images", ("china.jpg", "flower.jpg")),
    )
    pictures = {}
    for folder, names in folders:
        for name in names:
            picture: Image.Image = Image.open(folder / name)
            if picture.mode in ("RGBA", "LA"):
                picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
            picture = picture.convert("RGB")
            picture.thumbnail((LONGEST, LONGEST))
            pictures[name] = picture
    return pictures


def digits() -> tuple[list[Image.Image], NDArray[np.int64]]:
    """scikit-learn's 1,797 handwritten digits of 8 x 8 pixels, enlarged to 64 x 64 RGB, and the digit of each."""
    from sklearn.datasets import load_digits

    data = load_digits()
    small = (data.images * (255.0 / 16.0)).astype(np.uint8)
    pictures = [Image.fromarray(d).resize((64, 64), Image.Resampling.BICUBIC).convert("RGB") for d in small]
    return pictures, data.target.astype(np.int64)


@dataclass(frozen=True)
class Drives:
    """Frames of several drives: `drive` and `number` (30 per second) of each, and the shares of the classes in it."""

    files: list[Path]
    drive: NDArray[np.int64]
    number: NDArray[np.int64]
    mix: NDArray[np.float64]  # (N, CLASSES), rows sum to 1


def camvid(folder: Path) -> Drives:
    """`folder` holds train/ and trainannot/ as published with the SegNet tutorial. InputError where it does not."""
    files = sorted((folder / "train").glob("*.png"))
    if not files:
        raise InputError(f"--camvid={folder}: no train/*.png in it; give the folder that holds train/ and trainannot/")
    mix = np.empty((len(files), CLASSES))
    for row, file in zip(mix, files, strict=True):
        classes = np.bincount(np.asarray(Image.open(folder / "trainannot" / file.name)).ravel(), minlength=CLASSES)
        row[:] = classes[:CLASSES] / classes[:CLASSES].sum()
    drives = [file.stem.split("_")[0] for file in files]
    numbers = [int("".join(filter(str.isdigit, file.stem.split("_")[1]))) for file in files]
    return Drives(files, np.unique(drives, return_inverse=True)[1], np.array(numbers), mix)
