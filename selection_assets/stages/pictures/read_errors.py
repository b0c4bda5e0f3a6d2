"""Which errors of reading concern one file, and which the disk or the network share that holds all of them.

A share that goes away in the middle must end the run: to call every further picture corrupt and go on with the first
ones would be wrong data without a word. So only errors known to belong to one file make a file unreadable; all others,
also those that nobody thought of, end the run.
"""

import errno

from configs.errors import InputError

# Missing, forbidden, a folder, a socket, links in a circle, a name that the file system cannot hold, too large.
# Not EIO: a soft-mounted or vanished share answers it for every file, and a bad sector is rare and its file is named.
_OF_ONE_FILE = frozenset(
    {
        errno.ENOENT,
        errno.EACCES,
        errno.EPERM,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.EILSEQ,
        errno.ENXIO,
        errno.EFBIG,
        errno.EOVERFLOW,
    }
)
# The machine's own limits, and how each is mended.
_OF_THIS_MACHINE = {
    errno.EMFILE: "raise the limit of open files (ulimit -n) and run again",
    errno.ENFILE: "close programs that hold many files open and run again",
    errno.ENOMEM: "free some memory and run again",
}


def concerns_one_file(error: OSError) -> bool:
    """Whether `error` says something about the file that was read, not about the place where all files lie.

    Errors without a number are those of our own readers (not a regular file, too large, grows while it is read) or of
    object stores, which use Python's classes for a missing and a forbidden object.
    """
    if error.errno is not None:
        return error.errno in _OF_ONE_FILE
    return type(error) is OSError or isinstance(
        error, FileNotFoundError | PermissionError | IsADirectoryError | NotADirectoryError
    )


def reason_unread(error: OSError) -> str:
    """`cannot be read: No such file or directory`, in one line."""
    return f"cannot be read: {_words(error)}"


def reading_stopped(filename: str, error: OSError) -> InputError:
    """What ends the run where `error` does not concern one file: the file, the system's words, and the mend."""
    mend = _OF_THIS_MACHINE.get(error.errno or 0)
    if mend is None:
        mend = (
            "the disk or network share does not answer as it should: make it available and run again; if it is only "
            "this file that fails, remove the file"
        )
    return InputError(f"{filename}: {reason_unread(error)}; {mend}")


def _words(error: OSError) -> str:
    return " ".join((error.strerror or str(error) or type(error).__name__).split())
