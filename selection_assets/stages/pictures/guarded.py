"""The one way from names to what foreign bytes hold: threads read, guarded processes decode, results in input order.

Only the flow belongs here. What is made of the bytes is the function's business, the care for one process that of
`decoder_process`; which errors of reading end the run is in `read_errors`.
"""

import hashlib
import queue
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.decoder_process import DecoderProcess
from selection_assets.stages.pictures.picture_limits import PictureLimits
from selection_assets.stages.pictures.read_errors import concerns_one_file, reading_stopped, reason_unread
from selection_assets.stages.pictures.refusal import CONTENT_CHANGED, Refusal, one_line
from selection_assets.stages.thread_count import thread_count

R = TypeVar("R")
T = TypeVar("T")
# Files travel in batches: each message between threads and processes costs as much as a tenth of a picture.
BATCH_FILES = 16
_BATCH_BYTES = 4 << 20
NO_LIMITS_BUT_OURS = PictureLimits()


@dataclass(frozen=True, slots=True)
class PictureResult(Generic[R]):
    """What became of one file: either `value` or `refusal` is there.

    content_hash: SHA-256 of the bytes, hexadecimal; None when they could not be read.
    size: number of bytes; 0 when they could not be read.
    reused: the value comes from `known`, the bytes were not decoded now.
    """

    filename: str
    content_hash: str | None
    size: int
    value: R | None
    refusal: Refusal | None
    reused: bool = False


@dataclass(slots=True)
class _Read:
    filename: str
    data: bytes
    content_hash: str | None
    size: int
    refusal: Refusal | None


def nothing_known(_: Sequence[tuple[str, str]]) -> Mapping[str, object]:
    """`known` for a first run."""
    return {}


def map_pictures(
    function: Callable[[bytes, str], R],
    filenames: Sequence[str],
    read: Callable[[str], bytes],
    *,
    limits: PictureLimits = NO_LIMITS_BUT_OURS,
    content_hashes: Mapping[str, str] | None = None,
    num_workers: int = -1,
    num_readers: int = 4,
    batch_files: int = BATCH_FILES,
    known: Callable[[Sequence[tuple[str, str]]], Mapping[str, R]] = nothing_known,  # type: ignore[assignment]
) -> Generator[PictureResult[R], None, None]:
    """Read every file, run `function(data, filename)` on its bytes in guarded processes, and yield one `PictureResult`
    per name, in the order of `filenames`.

    A crash, a hang or a memory blow-up costs one file its result. Memory stays flat however many files there are: file
    contents of (num_readers + 2 num_workers) × 4 MB are held at most, or as many single files where those are larger,
    and the results of as many batches. Closing the generator, or an exception in its consumer, ends threads and
    processes at once.

    Args:
        function: picklable, so a module-level function or a `functools.partial` of one. It raises `CorruptImageError`
            for a picture that it refuses; whatever else it raises is a refusal too (hostile bytes raise nearly anything
            in a decoder), marked `Refusal.raised`.
        filenames: (N,) distinct names.
        read: name -> content, called from threads. An `OSError` that concerns the one file becomes the refusal "cannot
            be read: …" (`read_errors`).
        limits: what one file may cost.
        content_hashes: filename -> SHA-256 that its bytes must have, where that is known; other bytes are refused with
            the class `ContentChanged`, and `function` never sees them.
        num_workers: decoder processes; -1 one per core, 0 counts as one.
        num_readers: reader threads; for a bucket choose 32 or so.
        batch_files: files per message to a process at most; 1 where `function` gives large results.
        known: asked for up to `batch_files` pairs (filename, content hash) at a time; returns by filename the values
            that are remembered, whose bytes are not decoded again.

    Raises:
        InputError: reading failed for a reason that is not the one file's; whatever else `read` raises passes through.
        RuntimeError: a decoder process cannot start.
    """
    workers = max(1, thread_count(num_workers))
    guarded = partial(value_or_refusal, function)
    decoders = [DecoderProcess(guarded, limits.timeout_s, limits.memory_bytes) for _ in range(workers)]
    idle: queue.SimpleQueue[DecoderProcess[R | Refusal]] = queue.SimpleQueue()
    for decoder in decoders:
        idle.put(decoder)

    def decode(files: list[tuple[str, bytes]]) -> list[R | Refusal]:
        if not files:
            return []
        decoder = idle.get()
        try:
            return decoder.run(files)
        finally:
            idle.put(decoder)

    def submit(batch: list[_Read]) -> tuple[list[PictureResult[R] | _Read], Future[list[R | Refusal]]]:
        pairs = [(one.filename, one.content_hash) for one in batch if one.content_hash and one.refusal is None]
        remembered = known(pairs) if pairs else {}
        pending: list[PictureResult[R] | _Read] = [_finished(one, remembered) or one for one in batch]
        unknown = [(one.filename, one.data) for one in pending if isinstance(one, _Read)]
        return pending, drivers.submit(decode, unknown)

    readers = ThreadPoolExecutor(num_readers, "reader")
    drivers = ThreadPoolExecutor(workers, "decoder")
    try:
        read_one = partial(_read_one, read=read, max_bytes=limits.max_bytes, content_hashes=content_hashes or {})
        most = files_per_batch(len(filenames), workers, batch_files)
        batches = _read_batches(filenames, read_one, readers, num_readers, most)
        for pending, decoded in _ahead(map(submit, batches), 2 * workers):
            values = iter(decoded.result())
            for one in pending:
                yield _decoded(one, next(values)) if isinstance(one, _Read) else one
    finally:
        readers.shutdown(wait=False, cancel_futures=True)
        drivers.shutdown(wait=False, cancel_futures=True)
        for decoder in decoders:
            decoder.abort()
        drivers.shutdown(wait=True)
        for decoder in decoders:
            decoder.close()


def files_per_batch(files: int, workers: int, most: int) -> int:
    """Of few files each decoder still gets several batches, so that all end at about the same time."""
    return max(1, min(most, files // (4 * workers)))


def value_or_refusal(function: Callable[[bytes, str], R], data: bytes, filename: str) -> R | Refusal:
    """`function(data, filename)`, or why there is no result. Runs in the child."""
    try:
        return function(data, filename)
    except CorruptImageError as error:
        return Refusal(one_line(error.reason), error.reason_class)
    except MemoryError:
        return Refusal("decoding needs more memory than allowed", "MemoryError", transient=True)
    except Exception as error:
        name = type(error).__name__
        return Refusal(one_line(f"cannot be decoded: {str(error) or name}"), name, raised=True)


def _finished(one: _Read, remembered: Mapping[str, R]) -> PictureResult[R] | None:
    """The result where no decoding is needed."""
    if one.refusal is not None:
        return PictureResult(one.filename, one.content_hash, one.size, None, one.refusal)
    if one.filename in remembered:
        return PictureResult(one.filename, one.content_hash, one.size, remembered[one.filename], None, reused=True)
    return None


def _decoded(one: _Read, value: R | Refusal) -> PictureResult[R]:
    if isinstance(value, Refusal):
        return PictureResult(one.filename, one.content_hash, one.size, None, value)
    return PictureResult(one.filename, one.content_hash, one.size, value, None)


def _ahead(batches: Iterator[T], number: int) -> Iterator[T]:
    """The same batches, each held back until `number` more have started: decoders never wait for the reading."""
    held: deque[T] = deque()
    for batch in batches:
        held.append(batch)
        if len(held) > number:
            yield held.popleft()
    yield from held


def _read_batches(
    filenames: Sequence[str],
    read_one: Callable[[str], _Read],
    readers: ThreadPoolExecutor,
    num_readers: int,
    most: int,
) -> Iterator[list[_Read]]:
    """Read in order, ahead of need. Batches have one file until sizes are known, then up to about `_BATCH_BYTES`."""

    def read_all(names: Sequence[str]) -> list[_Read]:
        return [read_one(name) for name in names]

    ahead: deque[Future[list[_Read]]] = deque()
    files = held_bytes = start = 0
    while start < len(filenames) or ahead:
        while len(ahead) < num_readers and start < len(filenames):
            size = 1 if not files else max(1, min(most, _BATCH_BYTES * files // (held_bytes + 1)))
            names = filenames[start : start + size]
            ahead.append(readers.submit(read_all, names))
            start += len(names)
        batch = ahead.popleft().result()
        files += len(batch)
        held_bytes += sum(len(one.data) for one in batch)
        yield batch


def _read_one(filename: str, read: Callable[[str], bytes], max_bytes: int, content_hashes: Mapping[str, str]) -> _Read:
    try:
        data = read(filename)
    except OSError as error:
        if not concerns_one_file(error):
            raise reading_stopped(filename, error) from error
        return _Read(filename, b"", None, 0, Refusal(reason_unread(error), type(error).__name__, transient=True))
    content_hash = hashlib.sha256(data).hexdigest()
    refusal = None
    if len(data) > max_bytes:
        reason = f"its {len(data):,} bytes exceed the limit of {max_bytes:,} bytes"
        refusal = Refusal(reason, "TooManyBytes", transient=True)
    elif content_hashes.get(filename, content_hash) != content_hash:
        refusal = Refusal("its content changed during the run", CONTENT_CHANGED, transient=True)
    return _Read(filename, b"" if refusal else data, content_hash, len(data), refusal)
