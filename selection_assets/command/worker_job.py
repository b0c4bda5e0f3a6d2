"""One job of a worker, as a process: `python -m selection_assets.command.worker_job JOB WORKER`."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from configs.errors import InputError


class NotOursError(Exception):
    """Somebody else has the job, or nobody wants it any more."""


def main(id: str, worker: str) -> int:
    """Exit code: 0 done, or somebody else's; 2 a run that has failed, 130 one that was stopped."""
    from resources.platform.datasets import existing_dataset
    from resources.platform.errors import PlatformError
    from resources.platform.job_settings import job_settings
    from resources.platform.scheduled_runs import SCHEDULED_TAG, WORKER_TAG, end_taken_job, made_by_worker, waiting_jobs
    from selection_assets.command.launch import launch
    from selection_assets.command.terminal_log import log_to_terminal
    from selection_assets.command.worker import SHUTDOWN

    log_to_terminal()
    job = next((each for each in waiting_jobs() if each.id == id), None)
    if job is None:
        return 0
    asked = {**job.dictionaries}
    asked["worker_config"] = {
        key: value for key, value in (asked.get("worker_config") or {}).items() if key != SHUTDOWN
    } or None
    try:
        named = job_settings(job.user, existing_dataset(job.dataset), asked)
    except (InputError, PlatformError) as error:
        end_taken_job(id, worker, "FAILED", str(error))
        print(f"winnow: error: {error}", file=sys.stderr)
        return 2

    @contextmanager
    def making(run_id: str) -> Iterator[None]:
        with made_by_worker(id, worker, run_id) as is_ours:
            if not is_ours:
                raise NotOursError
            yield

    try:
        launch(named, job.key, [], keep=False, tags={SCHEDULED_TAG: id, WORKER_TAG: worker}, making=making)
    except NotOursError:
        return 0
    except InputError as error:
        print(f"winnow: error: {error}", file=sys.stderr)
        end_taken_job(id, worker, "FAILED", str(error))  # where there is no run yet
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    raise SystemExit(main(*sys.argv[1:]))
