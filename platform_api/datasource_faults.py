"""What is wrong with a place of data, with a code that says what it is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from configs.errors import InputError, PassingError
from platform_api.errors import ApiError


@contextmanager
def told_as(code: str) -> Iterator[None]:
    """422 with this code for what the user can mend; a place that does not answer now stays 503."""
    try:
        yield
    except PassingError:
        raise
    except (InputError, OSError) as error:
        raise ApiError(422, code, str(error)) from None
