"""How many workers an option asks for."""

import os


def thread_count(num_workers: int) -> int:
    """Threads or processes for the option value: -1 stands for the cores that this process may use."""
    if num_workers >= 0:
        return num_workers
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
