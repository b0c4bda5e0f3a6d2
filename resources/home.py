"""Where Winnow keeps its own state: Dagster's instance, tables, caches, locks, settings. One folder, `DAGSTER_HOME`.

The default is ~/.winnow. Nothing of the user's data or output is kept there.
"""

import os
from importlib.resources import files
from pathlib import Path

from configs.errors import InputError
from resources.atomic_file import atomic_path


def home() -> Path:
    """The state folder; created with default instance settings where it is new. Sets DAGSTER_HOME for this process.

    Raises InputError where there can be no such folder, or where nothing can be written to it.
    """
    named = os.environ.get("DAGSTER_HOME")
    folder = _absolute(named) if named else _default_home()
    if folder is None:
        raise InputError("there is no home folder to keep the state in; set DAGSTER_HOME to a folder of yours")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_instance_settings(folder / "dagster.yaml")
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{folder} is no folder; set DAGSTER_HOME to a folder that can be written to") from None
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; set DAGSTER_HOME to a folder that can be written to") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"{folder} cannot be written to; set DAGSTER_HOME to a folder that can be written to")
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def is_default_home() -> bool:
    return home() == _default_home()


def _default_home() -> Path | None:
    return _absolute("~/.winnow")


def _absolute(name: str) -> Path | None:
    """`name` as an absolute path; None for a home folder that is not known."""
    try:
        return Path(name).expanduser().absolute()
    except RuntimeError:  # HOME is not set, and no account has this process's user id
        return None


def _write_instance_settings(file: Path) -> None:
    """Written once, whole, by the first of the processes that find none."""
    if file.exists():
        return
    with atomic_path(file) as temporary:
        temporary.write_bytes(files("configs.instance").joinpath("dagster.yaml").read_bytes())
