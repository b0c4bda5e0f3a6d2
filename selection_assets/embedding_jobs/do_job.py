"""One job of the platform, taken, done and ended: finished, or failed with a line for who asked."""

import logging
from contextlib import suppress

from configs.errors import InputError
from resources.local_copies import COPIES
from resources.platform.errors import PlatformError
from resources.platform.jobs import Job, fail_job, take_job
from selection_assets.embedding_jobs.plane_view import do_plane_view
from selection_assets.embedding_jobs.sampling import do_sampling

log = logging.getLogger("winnow")

UNEXPECTED = "an error that nobody expected; the log of the server says more"


def do_job(id: str) -> bool:
    """Whether it went well, or somebody else has taken it. Raises what is nobody's mistake, once the job has failed."""
    job = take_job(id)
    if job is None:
        return True
    try:
        do_sampling(job) if job.kind == "SAMPLING" else do_plane_view(job)
    except (InputError, PlatformError) as error:
        message = COPIES.told(str(error))
        log.error(message)
        _fail(job, message)
        return False
    except Exception:
        _fail(job, UNEXPECTED)
        raise
    return True


def _fail(job: Job, message: str) -> None:
    with suppress(PlatformError):  # it has ended meanwhile, or its dataset is gone
        fail_job(job, message)
