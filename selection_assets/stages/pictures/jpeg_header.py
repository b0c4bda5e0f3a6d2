"""What the header of a JPEG says: size, channels, kind of compression, how the camera was held.

Source: ITU-T T.81, annex B.
"""

import hashlib
from dataclasses import dataclass

from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.orientation import exif_orientation, is_turned

# Markers that stand alone, without a length.
_ALONE = (0x01, *range(0xD0, 0xD9))
_END_OF_IMAGE, _START_OF_SCAN, _QUANTISATION, _EXIF = 0xD9, 0xDA, 0xDB, 0xE1
_FRAMES = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), 0xF7)
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
    coding: bytes  # 8 bytes: digest of the quantisation tables and the sampling

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
    coding = hashlib.blake2b(digest_size=8)
    at = 2
    while True:
        at = data.find(b"\xff", at)  # stray bytes between two parts are passed over, as decoders do
        if at < 0 or at + 4 > len(data):
            raise CorruptImageError("truncated: the end of the JPEG is missing", "Truncated")
        marker = data[at + 1]
        if marker in (0xFF, 0x00):
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        if marker in (_START_OF_SCAN, _END_OF_IMAGE):
            break
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if marker in _FRAMES and frame is None:
            frame = marker, body
            coding.update(body[6:])
        elif marker == _QUANTISATION:
            coding.update(body)
        elif marker == _EXIF and orientation == 1 and body.startswith(b"Exif\0\0"):
            orientation = exif_orientation(body[6:])
        at += 2 + max(length, 2)
    if frame is None or len(frame[1]) < 6:
        raise CorruptImageError("damaged: the header of the JPEG cannot be read", "UnreadableHeader")
    marker, body = frame
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    return JpegHeader(width, height, body[5], body[0], _PROCESSES.get(marker), orientation, coding.digest())
