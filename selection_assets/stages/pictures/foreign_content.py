"""Names for what people really put under a picture's name, told by the first bytes.

Source of most signatures: https://en.wikipedia.org/wiki/List_of_file_signatures.
"""

import re

from selection_assets.stages.pictures.corrupt_image import CorruptImageError

# Formats that are read.
_OWN_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\xff\xd8", "JPEG"),
)
# Formats of pictures and videos that are not read.
_PICTURE_STARTS = (
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"II\xbc", "JPEG XR"),
    (b"8BPS", "Photoshop"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"#?RGBE", "Radiance HDR"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"qoif", "QOI"),
    (b"DDS ", "DirectDraw"),
    (b"icns", "ICNS"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"\x8aMNG", "MNG"),
    (b"\x8bJNG", "JNG"),
    (b"SIMPLE  =", "FITS"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"\x93NUMPY", "NumPy"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"gimp xcf", "GIMP"),
    (b"IIRO", "a raw picture of a camera"),
    (b"IIU\x00", "a raw picture of a camera"),
    (b"FUJIFILMCCD-RAW", "a raw picture of a camera"),
    (b"\x1aE\xdf\xa3", "Matroska or WebM video"),
)
# (where, what, name)
_PICTURES_TOLD_LATER = ((8, b"AVI LIST", "AVI video"), (128, b"DICM", "DICOM"))
_OTHER_STARTS = (
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"version https://git-lfs", "a Git LFS pointer"),
    (b"{", "JSON"),
    (b"<", "HTML or XML"),
)
# Files of the ISO base media format, told by their brand.
_BRANDS = {
    b"avif": "AVIF",
    b"avis": "AVIF",
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"), "HEIC"),
    **dict.fromkeys((b"mif1", b"msf1"), "HEIF"),
    b"crx ": "a raw picture of a camera",
    b"qt  ": "QuickTime video",
    b"jxl ": "JPEG XL",
}
_SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
_PORTABLE_MAP = re.compile(rb"P([1-7Ff])[\s#]")


def own_content(data: bytes) -> str | None:
    """Name of the format, among those that are read, with which `data` begin; None for any other content."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    # Two letters alone are too little: the header says how long it is, and four bytes of it are always zero.
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in (12, 16, 40, 52, 56, 64, 108, 124):
        return "BMP"
    if _PORTABLE_MAP.match(data) and data[1:2] in b"123456":
        return "PPM"
    return next((name for start, name in _OWN_STARTS if data.startswith(start)), None)


def foreign_content(data: bytes) -> tuple[str, bool] | None:
    """Name of the format of content that is not read, and whether it is a picture or video; None when unknown."""
    if data[4:8] == b"ftyp":
        brands = (data[8:12], *(data[at : at + 4] for at in range(16, min(64, len(data)), 4)))
        return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "MP4 video"), True
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"<") and _SVG.search(text[:2000]):
        return "SVG", True
    if _PORTABLE_MAP.match(data) and data[1:2] in b"7Ff":
        return "PAM or PFM", True
    starts = (*((0, start, name) for start, name in _PICTURE_STARTS), *_PICTURES_TOLD_LATER)
    picture = next((name for at, start, name in starts if data.startswith(start, at)), None)
    if picture is not None:
        return picture, True
    return next(((name, False) for start, name in _OTHER_STARTS if text.startswith(start)), None)


def unknown_content(data: bytes, extension: str) -> CorruptImageError:
    """The verdict on content that no reader knows."""
    if not data:
        return CorruptImageError("the file is empty (0 bytes)", "EmptyFile")
    foreign = foreign_content(data)
    if foreign is not None:
        name, is_picture = foreign
        reason = f"content is {name} but the name ends in {extension}"
        return CorruptImageError(f"{reason}; {name} is not supported" if is_picture else reason, "FormatMismatch")
    own = own_content(data)
    if own is not None:
        return CorruptImageError(f"damaged: the header of the {own} cannot be read", "UnreadableHeader")
    if not data.strip(b"\0"):
        return CorruptImageError("the file holds nothing but zero bytes", "EmptyFile")
    return CorruptImageError("content is no picture that can be read", "UnidentifiedImageError")
