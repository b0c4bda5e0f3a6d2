"""What the header of a JPEG says: size, channels, kind of compression, how the camera was held.

Source: ITU-T T.81, annex B.
"""

import struct
from dataclasses import dataclass
from zlib import adler32, crc32

from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.orientation import exif_orientation, is_turned

# Fill bytes, and markers that stand alone.
_WITHOUT_LENGTH = frozenset((0xFF, 0x00, 0x01, *range(0xD0, 0xD9)))
_ENDS = (0xDA, 0xD9)  # start of scan, end of image
_QUANTISATION, _EXIF = 0xDB, 0xE1
_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7))
# Kinds of compression that no reader here decodes.
_PROCESSES = {
    0xC3: "lossless",
    0xC5: "hierarchical",
    0xC6: "hierarchical",
    0xC7: "hierarchical",
    0xCB: "lossless",
    0xCD: "hierarchical",
    0xCE: "hierarchical",
    0xCF: "hierarchical",
    0xF7: "JPEG-LS",
}


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """Of the first frame. width and height as stored, before rotation."""

    width: int
    height: int
    components: int
    bits: int
    process: str | None  # None for those that are decoded: sequential and progressive
    orientation: int  # of Exif, 1 to 8
    tables: bytes  # quantisation tables and sampling

    @property
    def coding(self) -> bytes:
        """12 bytes for all that pixels follow from, beside the coefficients."""
        return struct.pack(">III", crc32(self.tables), adler32(self.tables), self.orientation)

    @property
    def upright_size(self) -> tuple[int, int]:
        """(width, height) as shown."""
        return (self.height, self.width) if is_turned(self.orientation) else (self.width, self.height)


def read_jpeg_header(data: bytes) -> JpegHeader:
    """Walk the parts before the first scan.

    Raises:
        CorruptImageError: the header ends early, or has no frame.
    """
    orientation = 1
    frame: tuple[int, bytes] | None = None
    tables: list[bytes] = []
    at = 2
    while True:
        at = data.find(b"\xff", at)  # stray bytes between two parts are passed over, as decoders do
        if at < 0 or at + 4 > len(data):
            raise CorruptImageError("truncated: the end of the JPEG is missing", "Truncated")
        marker = data[at + 1]
        if marker in _ENDS:
            break
        if marker in _WITHOUT_LENGTH:
            at += 1 if marker in (0xFF, 0x00) else 2
            continue
        end = at + 2 + max(2, data[at + 2] << 8 | data[at + 3])
        if marker in _FRAMES and frame is None:
            frame = marker, data[at + 4 : end]
        elif marker == _QUANTISATION:
            tables.append(data[at + 4 : end])
        elif marker == _EXIF and data.startswith(b"Exif\0\0", at + 4):
            orientation = exif_orientation(data[at + 10 : end])
        at = end
    if frame is None or len(frame[1]) < 6:
        raise CorruptImageError("damaged: the header of the JPEG cannot be read", "UnreadableHeader")
    marker, body = frame
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    return JpegHeader(
        width, height, body[5], body[0], _PROCESSES.get(marker), orientation, b"".join((*tables, body[5:]))
    )
