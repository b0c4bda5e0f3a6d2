"""Which GPUs a step uses, by names that mean the same card in every process and container; and taking turns at them."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

# Names of cards -> a context that lasts while they are used; it may wait before it begins.
GpuTurn = Callable[[Sequence[str]], AbstractContextManager[None]]


def gpu_names(wanted: int) -> list[str]:
    """UUIDs of the first `wanted` GPUs; fewer where there are fewer, none where the processor works."""
    import torch

    if wanted < 1 or not torch.cuda.is_available():
        return []
    found = range(min(wanted, torch.cuda.device_count()))
    return [str(getattr(torch.cuda.get_device_properties(number), "uuid", number)) for number in found]


def at_once(_: Sequence[str]) -> AbstractContextManager[None]:
    """No turns: for one who has the cards alone."""
    return nullcontext()
