"""Checks many files: threads read, processes decode, results come in input order.

Only the flow belongs here. The verdict on one file is in `image_check`, the care for a decoder process in
`decoder_process`, reading one local file in `file_reading`.
"""

import errno
import hashlib
import queue
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from selection_assets.stages.checking.image_check import ImageCheck, check_image, corrupt, reader_version
from selection_assets.stages.pictures.decoder_process import DecoderProcess
from selection_assets.stages.progress import progress
from selection_assets.stages.samples.supported_formats import kind_of

# Files travel in batches: each message between threads and processes costs as much as a tenth of a picture.
_BATCH_FILES = 16
_BATCH_BYTES = 4 << 20
# Errors that say nothing about the one file: the run must fail instead of calling a million good files corrupt.
_NOT_THE_FILE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOTCONN, errno.ESHUTDOWN})


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


@dataclass(slots=True)
class _Read:
    filename: str
    data: bytes
    content_hash: str | None
    refusal: ImageCheck | None


@dataclass(slots=True)
class _Pending:
    filename: str
    content_hash: str | None
    key: str | None
    verdict: ImageCheck | None  # None: still with the decoders
    reused: bool

    def finish(self, decoded: Iterator[ImageCheck]) -> CheckedFile:
        """With the next of `decoded`, where the verdict is not there yet."""
        check = next(decoded) if self.verdict is None else self.verdict
        return CheckedFile(self.filename, self.content_hash, None if check.transient else self.key, check, self.reused)


def nothing_known(_: Sequence[str]) -> Mapping[str, ImageCheck]:
    """`known` for a first run."""
    return {}


def verdict_key(content_hash: str, filename: str, thumbnail_size: int, max_pixels: int) -> str:
    """The key of `CheckedFile`. The name counts too: the same bytes are healthy as .png and corrupt as .jpg."""
    return f"{reader_version(thumbnail_size, max_pixels)}/{kind_of(filename)}/{content_hash}"


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

    Memory stays flat however many files there are: (num_readers + 2 num_workers) × 4 MB of file content are held at
    most, or as many single files where those are larger. Closing the generator, or an exception in its consumer, ends
    threads and processes.

    Args:
        filenames: (N,) names.
        read: name -> content, called from threads; an `OSError` becomes the verdict "cannot be read". Connection
            errors and time-outs pass through and end the run: retrying them is the reader's work.
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
        Whatever `read` raises beyond `OSError`; RuntimeError when a decoder process cannot start.
    """
    key_of = partial(verdict_key, thumbnail_size=thumbnail_size, max_pixels=max_pixels)
    bound_check = partial(check, thumbnail_size=thumbnail_size, max_pixels=max_pixels)
    memory_limit = (512 << 20) + 2 * max_bytes + 16 * max_pixels
    decoders = [DecoderProcess(bound_check, timeout_s, memory_limit) for _ in range(num_workers)]
    idle: queue.SimpleQueue[DecoderProcess] = queue.SimpleQueue()
    for decoder in decoders:
        idle.put(decoder)

    def judge(files: list[tuple[str, bytes]]) -> list[ImageCheck]:
        decoder = idle.get()
        try:
            return decoder.judge(files)
        finally:
            idle.put(decoder)

    def submit(batch: list[_Read]) -> _Batch:
        keys = [None if one.content_hash is None else key_of(one.content_hash, one.filename) for one in batch]
        remembered = known([key for key, one in zip(keys, batch, strict=True) if key and not one.refusal])
        pending = []
        for one, key in zip(batch, keys, strict=True):
            old = remembered.get(key) if key and not one.refusal else None
            pending.append(_Pending(one.filename, one.content_hash, key, one.refusal or old, reused=old is not None))
        unknown = [(one.filename, one.data) for one, file in zip(batch, pending, strict=True) if file.verdict is None]
        return pending, judges.submit(judge, unknown)

    readers = ThreadPoolExecutor(num_readers, "reader")
    judges = ThreadPoolExecutor(num_workers, "judge")
    try:
        with progress("Corrupt images found: 0", total=len(filenames), unit="images") as bar:
            number_corrupt = 0
            batches = _read_batches(filenames, read, max_bytes, readers, num_readers, num_workers)
            for pending, decoded in _ahead(map(submit, batches), 2 * num_workers):
                verdicts = iter(decoded.result())
                for file in pending:
                    checked = file.finish(verdicts)
                    if not checked.check.healthy:
                        number_corrupt += 1
                        bar.describe(f"Corrupt images found: {number_corrupt}")
                    bar.update(1)
                    yield checked
    finally:
        readers.shutdown(wait=False, cancel_futures=True)
        judges.shutdown(wait=False, cancel_futures=True)
        for decoder in decoders:
            decoder.abort()
        judges.shutdown(wait=True)
        for decoder in decoders:
            decoder.close()


_Batch = tuple[list[_Pending], Future[list[ImageCheck]]]


def _ahead(batches: Iterator[_Batch], number: int) -> Iterator[_Batch]:
    """The same batches, each held back until `number` more have started: decoders never wait for the reading."""
    held: deque[_Batch] = deque()
    for batch in batches:
        held.append(batch)
        if len(held) > number:
            yield held.popleft()
    yield from held


def _read_batches(
    filenames: Sequence[str],
    read: Callable[[str], bytes],
    max_bytes: int,
    readers: ThreadPoolExecutor,
    num_readers: int,
    num_workers: int,
) -> Iterator[list[_Read]]:
    """Read in order, ahead of need. Batches have one file until sizes are known, then up to about `_BATCH_BYTES`."""
    # Few files: each decoder still gets several batches, so that all end at about the same time.
    most = max(1, min(_BATCH_FILES, len(filenames) // (4 * num_workers)))
    ahead: deque[Future[list[_Read]]] = deque()
    files = held_bytes = start = 0
    while start < len(filenames) or ahead:
        while len(ahead) < num_readers and start < len(filenames):
            size = 1 if not files else max(1, min(most, _BATCH_BYTES * files // (held_bytes + 1)))
            names = filenames[start : start + size]
            ahead.append(readers.submit(_read_all, names, read, max_bytes))
            start += len(names)
        batch = ahead.popleft().result()
        files += len(batch)
        held_bytes += sum(len(one.data) for one in batch)
        yield batch


def _read_all(filenames: Sequence[str], read: Callable[[str], bytes], max_bytes: int) -> list[_Read]:
    return [_read_one(filename, read, max_bytes) for filename in filenames]


def _read_one(filename: str, read: Callable[[str], bytes], max_bytes: int) -> _Read:
    try:
        data = read(filename)
    except (ConnectionError, TimeoutError):
        raise
    except OSError as error:
        if error.errno in _NOT_THE_FILE:
            raise
        reason = f"cannot be read: {error.strerror or error}"
        return _Read(filename, b"", None, corrupt(reason, type(error).__name__, transient=True))
    content_hash = hashlib.sha256(data).hexdigest()
    if len(data) > max_bytes:
        reason = f"its {len(data):,} bytes exceed the limit of {max_bytes:,} bytes"
        return _Read(filename, b"", content_hash, corrupt(reason, "TooManyBytes", len(data), transient=True))
    return _Read(filename, data, content_hash, None)
