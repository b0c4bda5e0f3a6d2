"""File name extensions that count as pictures or videos."""

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
    ".jfif": "jpeg",
    ".jpe": "jpeg",
}
IMAGE_EXTENSIONS: Final = tuple(KIND_BY_EXTENSION)
VIDEO_EXTENSIONS: Final = (".mp4", ".mov", ".avi", ".mpg", ".mpeg", ".hevc", ".m4v", ".webm")


def extension_of(filename: str) -> str:
    """Extension in lower case with its dot (`a/B.JPG` -> `.jpg`); an empty string when there is none."""
    name = filename.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    return (dot + extension).lower() if stem else ""
