"""The picture formats that may ever be decoded, and pictures that are not read. Extensions: `configs.filenames`.

Only names and constants belong here; listing is in `image_listing`, decoding in `image_check`.
"""

from typing import Final

from configs.filenames.extensions import KIND_BY_EXTENSION, extension_of

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

# Pictures that are not read: a listing counts them, so that nobody believes they took part.
_OTHERS = (
    ".gif .apng .heic .heif .hif .avif .jxl .jp2 .j2k .jpf .jpx .jpm .jif .jfi .pbm .pnm .pam .pfm .ras .xbm .xpm .tga"
    " .icb .vda .vst .dds .exr .hdr .rgbe .psd .psb .xcf .ico .cur .icns .pcx .sgi .rgb .bw .wmf .emf .svg .svgz .eps"
    " .dib .rle .btf .tf8 .dcm .dicom .nii .fits .fit .fts .qoi .flif .bpg .ecw .sid .czi .lif .nd2 .svs .raw .dng"
    " .cr2 .cr3 .crw .nef .nrw .arw .srf .sr2 .orf .rw2 .raf .pef .ptx .srw .x3f .3fr .fff .iiq .mos .mef .mrw .dcr"
    " .k25 .erf .rwl .gpr"
)
OTHER_PICTURE_EXTENSIONS: Final = frozenset(_OTHERS.split())
_MAGIC: Final = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
    b"\0\0\0\x0cjP  ",
    b"\xff\x4f\xff\x51",
    b"\xff\x0a",
    b"8BPS",
    b"v/1\x01",
)
MAGIC_BYTES: Final = 32  # of a file's head are enough for `looks_like_picture`


def kind_of(filename: str) -> str | None:
    """Kind of content that the name promises (`jpeg`, `png`, …); None when it is no picture name."""
    return KIND_BY_EXTENSION.get(extension_of(filename))


def has_extension(filename: str) -> bool:
    """Whether the name says what the file is: `x.jpg` does, `x`, `x.` and `1.2.840` do not."""
    extension = extension_of(filename)[1:]
    return bool(extension) and not extension.isdigit()


def looks_like_picture(head: bytes) -> bool:
    """Whether a file without an extension starts as a picture of any known format does."""
    if head.startswith(_MAGIC):
        return True
    if head.startswith(b"BM"):  # two letters begin many a text: the size of a header of bitmaps must follow
        return len(head) >= 18 and int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)
    if head[:1] == b"P" and head[1:2] in b"123456" and len(head) > 2:
        return head[2:3].isspace()
    riff = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return riff or head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif", b"ftypavis", b"ftypmsf1")
