"""The error for published weights that are neither here nor reachable, and a quick look whether they are.

Nothing is downloaded here; the packages do that themselves.
"""

import urllib.error
import urllib.request

from configs.errors import InputError

SECONDS = 5.0


def reachable(url: str) -> bool:
    """Whether a server answers there, through the configured proxies. Hub clients retry for a minute instead."""
    try:
        urllib.request.urlopen(url, timeout=SECONDS).close()
    except urllib.error.HTTPError:
        return True  # it answered
    except (OSError, ValueError):
        return False
    return True


def not_here(name: str, cache: str) -> InputError:
    """For a model whose weights are not in the folder `cache`, on a machine that cannot download them."""
    return InputError(
        f"lightly.model.name={name}: its weights are not in {cache} and cannot be downloaded from here; copy that "
        "folder from a machine that has them, or give their file with checkpoint=FILE, or leave lightly.model.name out "
        "to use the built-in model"
    )
