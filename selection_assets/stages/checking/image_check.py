"""The verdict on one picture: healthy with its measures and thumbnail, or corrupt with a reason.

A pure function of bytes and name, run in the decoder processes of `check_pool`. How bytes become pixels is in
`pictures/decoding`.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from selection_assets.stages.checking.image_metrics import colour_statistics, sharpness
from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.decoding import decode_image
from selection_assets.stages.pictures.pixel_key import pixel_key
from selection_assets.stages.pictures.refusal import one_line
from selection_assets.stages.pictures.resizing import resized
from selection_assets.stages.pictures.thumbnail_pixels import encode_thumbnail

# Raise it whenever decoding, a measure, a reason or the thumbnail changes: verdicts of older revisions are not reused.
_REVISION = 6
# Sharpness depends on scale, so every picture is measured at this shortest side (smaller ones as they are). Thumbnails
# of this size, the default, are what is measured; others cost a second reduction.
MEASURED_SIZE = 128
# A strip of 1 × 60,000 pixels must not become a thumbnail that is larger than its picture.
_MAX_THUMBNAIL_ASPECT = 16


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """Everything that one reading of a file tells. Measures are None when the picture is corrupt.

    sharpness, snr, channel_means, channel_stds, luminance: of the picture reduced to `MEASURED_SIZE` pixels on its
        shortest side (never enlarged), so values of pictures of different sizes and formats compare. (A thumbnail size
        above `MEASURED_SIZE` decodes at a larger scale and moves sharpness by a few percent.) Sharpness: see
        `image_metrics.sharpness`. Channel values on [0, 1], luminance (mean grey) on [0, 100].
    size_in_bytes: of the file.
    pixel_key: what `pixel_candidates.candidate_groups` compares; of every healthy picture.
    transient: the verdict says more about this machine than about the file (time, memory, access): do not remember it.
    """

    healthy: bool
    size_in_bytes: int
    reason: str | None = None
    reason_class: str | None = None
    transient: bool = False
    width: int | None = None
    height: int | None = None
    mode: str | None = None
    channels: int | None = None
    sharpness: float | None = None
    snr: float | None = None
    luminance: float | None = None
    channel_means: tuple[float, float, float] | None = None
    channel_stds: tuple[float, float, float] | None = None
    thumbnail: bytes | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None
    pixel_key: str | None = None


def corrupt(reason: str, reason_class: str, size_in_bytes: int = 0, transient: bool = False) -> ImageCheck:
    """The verdict on a bad file."""
    return ImageCheck(False, size_in_bytes, one_line(reason), reason_class, transient)


def reader_version(thumbnail_size: int, max_pixels: int) -> str:
    """Equal for two readings exactly when the same bytes under the same kind of name get the same verdict."""
    return f"{_REVISION}-thumbnail{thumbnail_size}-pixels{max_pixels}"


def check_image(data: bytes, filename: str, thumbnail_size: int, max_pixels: int) -> ImageCheck:
    """Decode, judge and measure one picture. Never raises for bad content.

    Args:
        data: content of the file.
        filename: its name; the extension says which kind of content is expected (`supported_formats`).
        thumbnail_size: shortest side of the thumbnail in pixels; a smaller picture keeps its size, and a strip longer
            than 16 times this is made smaller.
        max_pixels: width × height above which a picture is corrupt.
    """
    try:
        return _check(data, filename, thumbnail_size, max_pixels)
    except CorruptImageError as error:
        return corrupt(error.reason, error.reason_class, len(data))
    except MemoryError:
        return corrupt("decoding needs more memory than allowed", "MemoryError", len(data), transient=True)
    except Exception as error:  # hostile bytes raise nearly anything in a decoder; each is a verdict, none ends a run
        name = type(error).__name__
        return corrupt(f"cannot be decoded: {one_line(str(error)) or name}", name, len(data))


def _check(data: bytes, filename: str, thumbnail_size: int, max_pixels: int) -> ImageCheck:
    decoded = decode_image(data, filename, max(thumbnail_size, MEASURED_SIZE), max_pixels)
    size = _thumbnail_dimensions(decoded.width, decoded.height, thumbnail_size)
    measured_size = _fitted((decoded.width, decoded.height), MEASURED_SIZE)
    thumbnail = resized(decoded.pixels, *size)
    measured = Image.fromarray(thumbnail if size == measured_size else resized(decoded.pixels, *measured_size))
    colours = colour_statistics(measured.histogram())
    red, green, blue = colours.channel_means
    encoded = encode_thumbnail(thumbnail)
    grey = measured.convert("L")
    sharp = sharpness(np.asarray(grey))
    return ImageCheck(
        healthy=True,
        size_in_bytes=len(data),
        width=decoded.width,
        height=decoded.height,
        mode=decoded.mode,
        channels=decoded.channels,
        sharpness=sharp,
        snr=colours.snr,
        luminance=100 * (0.299 * red + 0.587 * green + 0.114 * blue),
        channel_means=colours.channel_means,
        channel_stds=colours.channel_stds,
        thumbnail=encoded,
        thumbnail_width=size[0],
        thumbnail_height=size[1],
        pixel_key=pixel_key(decoded, encoded, grey, sharp),
    )


def _fitted(size: tuple[int, int], shortest: int) -> tuple[int, int]:
    """(width, height) scaled down to the shortest side `shortest`, never up."""
    width, height = size
    short = min(width, height)
    if short <= shortest:
        return size
    return round(width * shortest / short), round(height * shortest / short)


def _thumbnail_dimensions(width: int, height: int, thumbnail_size: int) -> tuple[int, int]:
    width, height = _fitted((width, height), thumbnail_size)
    longest = _MAX_THUMBNAIL_ASPECT * thumbnail_size
    shrink = min(1.0, longest / max(width, height))
    return max(1, round(width * shrink)), max(1, round(height * shrink))
