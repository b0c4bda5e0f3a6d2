"""File name extensions that count as pictures or videos, and the picture formats that may ever be decoded.

Only names and constants belong here; listing is in `image_listing`, decoding in `image_check`.
"""

from typing import Final

# Extension (lower case, with dot) -> kind of content that a file with this name must hold.
KIND_BY_EXTENSION: Final = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
    ".ppm": "ppm",
    ".pgm": "ppm",
    ".bmp": "bmp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".webp": "webp",
}
# Kind -> names under which Pillow knows the format. MPO is a JPEG with further pictures behind the first one.
PILLOW_FORMATS_BY_KIND: Final = {
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "ppm": ("PPM",),
    "bmp": ("BMP",),
    "tiff": ("TIFF",),
    "webp": ("WEBP",),
}
KIND_BY_PILLOW_FORMAT: Final = {name: kind for kind, names in PILLOW_FORMATS_BY_KIND.items() for name in names}
# What Pillow may try on a file's content. (Its JPEG reader finds out about MPO by itself.)
PILLOW_FORMATS: Final = ("JPEG", "PNG", "PPM", "BMP", "TIFF", "WEBP")

IMAGE_EXTENSIONS: Final = tuple(KIND_BY_EXTENSION)
VIDEO_EXTENSIONS: Final = (".mp4", ".mov", ".avi", ".mpg", ".mpeg", ".hevc", ".m4v", ".webm")


def extension_of(filename: str) -> str:
    """Extension in lower case with its dot (`a/B.JPG` -> `.jpg`); an empty string when there is none."""
    name = filename.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    return (dot + extension).lower() if stem else ""


def kind_of(filename: str) -> str | None:
    """Kind of content that the name promises (`jpeg`, `png`, …); None when it is no picture name."""
    return KIND_BY_EXTENSION.get(extension_of(filename))
