"""Whether bfloat16 makes a model faster on this processor. On a GPU it always does."""

import logging

log = logging.getLogger("winnow")


def warn_where_slow(option: str) -> None:
    """A line in the log where the processor has no arithmetic for it (AVX512_BF16, AMX, its like on ARM): torch then
    converts all numbers to 32 bits and back."""
    import torch

    capabilities = getattr(torch.cpu, "get_capabilities", None)  # older torch does not tell
    if capabilities and not any(found and "bf16" in name for name, found in capabilities().items()):
        log.warning("%s: this processor has no arithmetic for bfloat16, so 32 bits are faster; leave it out.", option)
