"""What trains: a CPU, or GPUs."""

from dataclasses import dataclass
from typing import Any

from configs.errors import InputError


@dataclass(frozen=True)
class Hardware:
    """`cpu` or `cuda`, and how many of them, each in a process of its own where there are several.

    threads: of the arithmetic on a CPU, 0 on GPUs. With another number of threads sums are taken in another order, so
    the same seed gives weights that differ in the last digits, and after some epochs visibly.
    """

    accelerator: str
    devices: int
    name: str
    threads: int = 1


def choose_hardware(gpus: int) -> Hardware:
    """As many GPUs as asked for; the CPU for 0 or where there is none. InputError where there are fewer."""
    import torch

    found = torch.cuda.device_count() if gpus > 0 and torch.cuda.is_available() else 0
    if not found:
        return Hardware("cpu", 1, "cpu", torch.get_num_threads())
    if gpus > found:
        raise InputError(f"lightly.trainer.gpus={gpus}: this machine has {found}; set lightly.trainer.gpus={found}")
    return Hardware("cuda", gpus, f"{gpus} x {torch.cuda.get_device_name(0)}", 0)


def lightning_precision(asked: str, hardware: Hardware) -> Any:
    """Lightning's name of it. A CPU has no arithmetic with 16-bit floats: bfloat16 takes their place."""
    if asked == "32":
        return "32-true"
    if asked == "16" and hardware.accelerator == "cpu":
        return "bf16-mixed"
    return f"{asked}-mixed"
