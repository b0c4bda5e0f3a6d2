"""Keeps a run's locks between its steps, where each step is a process of its own.

The process that starts the steps does none of our work. So the first step's process starts a keeper beside it, which
holds the locks of the run until that process has ended, in whatever way.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import psutil

from configs.errors import InputError
from resources.locks import POLL_SECONDS, dataset_lock, run_alive

READY = "ready"


def keep_locks(dataset: str, run_id: str, executor: int) -> None:
    """Start a keeper; call it with the locks held. executor: process id of the executor, the caller's parent."""
    keeper = subprocess.Popen(
        [sys.executable, "-m", "resources.lock_keeper", dataset, run_id, str(executor)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # what ends the step must not end the keeper
    )
    assert keeper.stdout is not None
    if keeper.stdout.readline().strip() != READY:
        raise InputError(f"dataset {dataset}: its lock cannot be kept between the steps of the run; run again")


def _keep(dataset: str, run_id: str, executor: int, say: Callable[[str], None]) -> None:
    try:
        process = psutil.Process(executor)
    except psutil.NoSuchProcess:
        return
    with ExitStack() as held:
        held.enter_context(run_alive(run_id))
        held.enter_context(dataset_lock(dataset, run_id, lambda _: None))
        say(READY)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:  # the id alone may be used again
            time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    _keep(sys.argv[1], sys.argv[2], int(sys.argv[3]), lambda line: print(line, flush=True))
