"""Whether a place can be listed, read and written to: by trying."""

from collections.abc import Callable
from contextlib import suppress

from configs.errors import InputError
from resources.stores.bucket_store import PROBE, BucketStore
from resources.stores.store import Store


def reading(store: Store, *, may_be_empty: bool) -> dict[str, str]:
    """What is tried (list, read) -> why it fails; empty where it works."""
    first = None
    try:
        first = next((each for each in store.list() if not each.key.endswith("/")), None)
        if first is not None:
            store.head(first.key, 1)
    except (InputError, OSError) as error:
        return {"list": str(error)} if first is None else {"list": "", "read": f"{first.key}: {error}"}
    if first is None and isinstance(store, BucketStore):
        return {"list": "" if may_be_empty else f"{store.name} holds nothing yet"}
    return {"list": "", "read": ""}


def writing(store: Store) -> dict[str, str]:
    """What is tried (write, remove) -> likewise."""
    try:
        store.require_writable()
        if isinstance(store, BucketStore):
            with suppress(FileNotFoundError):
                store.remove(PROBE)
    except InputError as error:
        return {"write": str(error)}
    except OSError as error:
        return {"write": "", "remove": f"{store.name}: {error.strerror}; what no longer belongs to a datapool stays"}
    return {"write": ""}


def overwriting(store: Store) -> dict[str, str]:
    """What is tried (write, overwrite, read), up to the first that fails -> likewise. The object is removed again."""
    found: dict[str, str] = {}
    tries: dict[str, Callable[[], object]] = {
        "write": lambda: store.put(PROBE, b"1"),
        "overwrite": lambda: store.put(PROBE, b"22"),
        "read": lambda: store.head(PROBE, 1),
    }
    for what, attempt in tries.items():
        try:
            attempt()
            found[what] = ""
        except (InputError, OSError) as error:
            found[what] = str(error)
            break
    with suppress(InputError, OSError):  # who may not remove it may still write
        store.remove(PROBE)
    return found
