"""Whether an error says that memory was too small; what to do about it says whoever asked for the memory."""

SIGNS = ("out of memory", "can't allocate memory", "OutOfMemoryError")  # of CUDA, of torch's allocator, from a process


def is_out_of_memory(error: BaseException) -> bool:
    """Python's own MemoryError, torch's for a GPU, or the plain RuntimeError that torch raises on a CPU."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in SIGNS)
