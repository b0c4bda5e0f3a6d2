"""How often a request to a bucket is tried, and how long it is waited for. Servers that throttle or restart are back
within a minute or two."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

RETRIES: "RetryConfig" = {
    "max_retries": 8,
    "retry_timeout": timedelta(seconds=180),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=15), "base": 2},
}
# Without a byte. A request as a whole may last: a large checkpoint through a slow line takes longer than any limit.
PATIENCE: "ClientConfig" = {
    "connect_timeout": timedelta(seconds=10),
    "read_timeout": timedelta(seconds=60),
    "timeout": timedelta(days=1),
}
BODIES = 3  # how often an object is read from its start: obstore goes on with a cut one for `retry_timeout` only
LISTINGS = 5  # how often a listing goes on that was cut: obstore tries again what begins with an error only
