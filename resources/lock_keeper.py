"""Keeps a run's locks between its steps, where each step is a process of its own.

The process that starts the steps does none of our work. So the first step's process starts a keeper beside it, which
holds the locks of the run until that process has ended, in whatever way.
"""

import os
import subprocess
import sys
import time
from contextlib import ExitStack

import psutil

from configs.errors import InputError
from resources.locks import POLL_SECONDS, dataset_lock, keeper_lock, run_alive

READY = "ready"


def keep_locks(dataset: str, run_id: str, executor: int) -> None:
    """Start a keeper, unless the run has one; call it with the locks held.

    executor: id of the process that starts the steps.
    """
    with keeper_lock(run_id) as is_missing:
        if not is_missing:
            return
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


def keep(dataset: str, run_id: str, executor: int) -> None:
    """What the keeper does."""
    process = psutil.Process(executor)
    with ExitStack() as held:
        if not held.enter_context(keeper_lock(run_id)):
            print(READY, flush=True)  # another step's process was faster
            return
        with run_alive(run_id), dataset_lock(dataset, run_id, lambda _: None):
            print(READY, flush=True)
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:  # an id may be used again
                time.sleep(POLL_SECONDS)
            held.close()
            os._exit(0)  # as if killed: whether the run ended well is not known here, see `end_killed_runs`


if __name__ == "__main__":
    keep(sys.argv[1], sys.argv[2], int(sys.argv[3]))
