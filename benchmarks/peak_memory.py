"""The peak of a process's memory."""

import re
from pathlib import Path


def peak_mb(process: int | str = "self") -> float:
    # Not `getrusage`: there a child begins with the peak of the process that started it.
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) * 1024 / 1e6
