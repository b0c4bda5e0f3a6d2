"""Checks many files: every one is read, judged and measured; verdicts come in input order.

The verdict on one file is in `image_check`; reading and guarded processes are in `pictures.guarded`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from selection_assets.stages.checking.image_check import ImageCheck, check_image, corrupt, reader_version
from selection_assets.stages.pictures.decoder_process import start_server
from selection_assets.stages.pictures.guarded import PictureResult, map_pictures
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.progress import progress
from selection_assets.stages.samples.supported_formats import kind_of


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One input file with its verdict.

    content_hash: SHA-256 of the bytes, hexadecimal; None when they could not be read.
    key: under which this verdict may be remembered; it covers the bytes, the kind of content that the name promises
        and the version of the reader. None when the verdict must not be remembered (`ImageCheck.transient`).
    reused: taken from `known`, not decoded now.
    """

    filename: str
    content_hash: str | None
    key: str | None
    check: ImageCheck
    reused: bool


def nothing_known(_: Sequence[str]) -> Mapping[str, ImageCheck]:
    """`known` for a first run."""
    return {}


def verdict_key(content_hash: str, filename: str, thumbnail_size: int, max_pixels: int) -> str:
    """The key of `CheckedFile`. The name counts too: the same bytes are healthy as .png and corrupt as .jpg."""
    return f"{reader_version(thumbnail_size, max_pixels)}/{kind_of(filename)}/{content_hash}"


def expect_pictures() -> None:
    """Say so before files are listed: what decodes them then starts beside the listing, and is there when they come."""
    start_server(check_image)


def check_images(
    filenames: Sequence[str],
    read: Callable[[str], bytes],
    *,
    thumbnail_size: int,
    max_pixels: int = 250_000_000,
    max_bytes: int = 512 << 20,
    timeout_s: float = 20.0,
    num_workers: int = 2,
    num_readers: int = 4,
    known: Callable[[Sequence[str]], Mapping[str, ImageCheck]] = nothing_known,
    check: Callable[..., ImageCheck] = check_image,
) -> Iterator[CheckedFile]:
    """Read and judge every file; yield one `CheckedFile` per name, in the order of `filenames`.

    Memory stays flat however many files there are. Closing the generator, or an exception in its consumer, ends threads
    and processes.

    Args:
        filenames: (N,) names.
        read: name -> content, called from threads; an `OSError` that concerns the one file becomes the verdict "cannot
            be read", any other ends the run (`pictures.read_errors`): retrying is the reader's work.
        thumbnail_size: shortest side of the thumbnail in pixels, see `image_check.check_image`.
        max_pixels: width × height above which a picture is corrupt.
        max_bytes: larger files are corrupt.
        timeout_s: wall-clock limit of decoding one file.
        num_workers: decoder processes.
        num_readers: reader threads; for a bucket choose 32 or so.
        known: asked for up to 16 keys at a time, returns the verdicts that are remembered among them; the bytes of
            those are not decoded again. A remembered verdict may come without its thumbnail.
        check: the function run in the decoder processes; module-level, with the signature of `check_image`.

    Raises:
        InputError: the place that holds the files fails. RuntimeError: a decoder process cannot start, or `check`
            itself raised. Whatever else `read` raises passes through.
    """
    key_of = partial(verdict_key, thumbnail_size=thumbnail_size, max_pixels=max_pixels)

    def remembered(files: Sequence[tuple[str, str]]) -> Mapping[str, ImageCheck]:
        keys = {filename: key_of(content_hash, filename) for filename, content_hash in files}
        old = known(list(keys.values()))
        return {filename: old[key] for filename, key in keys.items() if key in old}

    results = map_pictures(
        partial(check, thumbnail_size=thumbnail_size, max_pixels=max_pixels),
        filenames,
        read,
        limits=PictureLimits(max_bytes, max_pixels, timeout_s),
        num_workers=num_workers,
        num_readers=num_readers,
        known=remembered,
    )
    with closing(results), progress("Corrupt images found: 0", total=len(filenames), unit="images") as bar:
        number_corrupt = 0
        for result in results:
            verdict = _verdict(result)
            if not verdict.healthy:
                number_corrupt += 1
                bar.describe(f"Corrupt images found: {number_corrupt}")
            bar.update(1)
            lasting = None if verdict.transient else result.content_hash
            key = None if lasting is None else key_of(lasting, result.filename)
            yield CheckedFile(result.filename, result.content_hash, key, verdict, result.reused)


def _verdict(result: PictureResult[ImageCheck]) -> ImageCheck:
    """The check's own, or the one on a file that could not be read or decoded."""
    refusal = result.refusal
    if refusal is None:
        assert result.value is not None
        return result.value
    if refusal.raised:  # a check never raises for bad content: a fault of ours
        raise RuntimeError(f"checking {result.filename} failed: {refusal.reason_class}: {refusal.reason}")
    return corrupt(refusal.reason, refusal.reason_class, result.size, refusal.transient)
