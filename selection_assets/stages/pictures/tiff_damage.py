"""Damage of a TIFF that libtiff, through Pillow, passes over: parts that are not there, packed data that changed.

It leaves missing strips black, and looks neither at the checksums of Deflate data nor at the warnings of its JPEG
decoder. Group 3 and 4 fax codes, PackBits and unpacked pixels have nothing by which a change could be seen.
Source: TIFF 6.0 and its technical note 2.
"""

import zlib
from collections.abc import Iterator

from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.jpeg_pixels import read_jpeg
from selection_assets.stages.pictures.packed_size import packed_size
from selection_assets.stages.pictures.tiff_header import DEFLATE, JPEG, TiffHeader

_START, _END = b"\xff\xd8", b"\xff\xd9"
_JPEG_DAMAGE = ("Truncated", "DamagedData")


def require_whole_tiff(data: bytes, header: TiffHeader, max_pixels: int) -> None:
    """Raises CorruptImageError where strips or tiles are missing, or their packed data are broken."""
    if len(header.offsets) < header.parts:
        kind = "tiles" if header.tile_size else "strips"
        raise CorruptImageError(f"truncated: {kind} of the TIFF are missing", "Truncated")
    if header.compression in DEFLATE:
        for part in _parts(data, header):
            _require_inflates(part)
    if header.compression == JPEG:
        for part in _parts(data, header):
            _require_jpeg(part, header.jpeg_tables, max_pixels)


def _parts(data: bytes, header: TiffHeader) -> Iterator[bytes]:
    places = zip(header.offsets, header.byte_counts, strict=False)
    return (data[at : at + size] for at, size in list(places)[: header.parts])


def _require_inflates(part: bytes) -> None:
    try:
        _, is_whole = packed_size([part])
    except zlib.error:
        is_whole = False
    if not is_whole:
        raise CorruptImageError("damaged: the compressed data of the TIFF are broken", "DamagedData")


def _require_jpeg(part: bytes, tables: bytes, max_pixels: int) -> None:
    """The part as a JPEG of its own; what is odd about it, but no damage, is libtiff's to judge."""
    if tables.startswith(_START) and part.startswith(_START):
        part = tables.removesuffix(_END) + part[len(_START) :]
    try:
        read_jpeg(part, 1, max_pixels)
    except CorruptImageError as error:
        if error.reason_class in _JPEG_DAMAGE:
            raise
