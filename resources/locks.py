"""stand-in"""

from contextlib import contextmanager


@contextmanager
def hold_run(run_id):
    yield


@contextmanager
def dataset_lock(dataset, run_id, waiting):
    yield
