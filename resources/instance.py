"""Dagster's instance in the state folder: opening it, and the one line for what a user can mend about it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import yaml
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef

from configs.errors import InputError
from resources.home import home
from resources.locks import state_folder_lock

HISTORY = "it holds the history of runs, no results: move it away, and a new one is made"


NO_CAPTURE = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}


@contextmanager
def dagster_instance(*, captures_output: bool = True) -> Iterator[DagsterInstance]:
    """The instance of the state folder, whose databases are created where they are new.

    captures_output: whether standard output and error of steps go to files, for the UI to show; False for a run that
        somebody watches on a terminal. What is logged is an event of the run in either case.

    Raises InputError for settings that Dagster cannot read and for databases that cannot be used. Errors of the block
    are its own: see `instance_fault`.
    """
    settings = home() / "dagster.yaml"
    _check_yaml(settings)
    with state_folder_lock():  # several first runs at once would create the same tables
        try:
            overrides = {} if captures_output else {"compute_logs": NO_CAPTURE}
            instance = DagsterInstance.from_ref(InstanceRef.from_dir(str(home()), overrides=overrides))
            _ = instance.compute_log_manager, instance.run_coordinator, instance.run_launcher  # made when first used
        except Exception as error:
            raise instance_fault(error) or _settings_fault(settings, error) from error
    with instance:
        yield instance


def instance_fault(error: BaseException) -> InputError | None:
    """What a user can mend about the state folder, where that is the cause of an error; None for other errors."""
    for cause in _causes(error):
        original = getattr(cause, "orig", cause)  # SQLAlchemy wraps what the database said
        if isinstance(original, InputError):
            return original
        if isinstance(original, sqlite3.Error):
            return _database_fault(original)
        if type(original).__module__ == "psycopg2" and type(original).__name__ == "OperationalError":
            reason = " ".join(str(original).split())[:300]
            return InputError(f"Dagster's database: {reason}; check WINNOW_DATABASE_URL and the server")
        if isinstance(original, ModuleNotFoundError) and original.name == "psycopg":
            return InputError("Dagster's database: WINNOW_DATABASE_URL must begin with postgresql+psycopg2://")
        if isinstance(original, OSError) and original.filename and Path(original.filename).is_relative_to(home()):
            return InputError(
                f"{original.filename}: {original.strerror}; make {home()} writable and free some space there, or set "
                "DAGSTER_HOME"
            )
    return None


def _database_fault(error: sqlite3.Error) -> InputError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return InputError(
            f"{home()}: Dagster's database cannot be written to ({error}); free some space there, or set DAGSTER_HOME"
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return InputError(f"{home()}: Dagster's database: {error}; make the folder and its files writable")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return InputError(f"{home()}: Dagster's database is in use by another process ({error}); run again")
    if file := damaged_database(home()):
        return InputError(f"{file}: damaged; {HISTORY}")
    return None


def damaged_database(folder: Path) -> Path | None:
    """The first of Dagster's database files below the folder that is none."""
    for file in sorted([*folder.glob("history/**/*.db"), *folder.glob("schedules/*.db")]):
        try:
            with closing(sqlite3.connect(f"file:{_quoted(file)}?mode=ro", uri=True)) as database:
                (answer,) = database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            if not isinstance(error, sqlite3.OperationalError):
                return file
        else:
            if answer != "ok":
                return file
    return None


def _quoted(file: Path) -> str:
    from urllib.parse import quote

    return quote(str(file))


def _check_yaml(settings: Path) -> None:
    try:
        content = yaml.safe_load(settings.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise _settings_fault(settings, error) from None
    if content is not None and not isinstance(content, dict):
        raise InputError(f"{settings}: the file must hold `key: value` lines; mend it, or delete it for the default")


def _settings_fault(settings: Path, error: Exception) -> InputError:
    found = getattr(error, "errors", None)  # of a DagsterInvalidConfigError: one for each fault
    if isinstance(error, OSError):
        return InputError(f"{settings}: {error.strerror}; make it a file that can be read")
    text: Any = found[0].message if found else error
    told = " ".join(str(text).split()).partition(" Expected: ")[0]  # which would be the whole schema
    return InputError(f"{settings}: {told[:400].rstrip('.')}; mend it, or delete it for the default")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what was raised as its cause, e.g. before Dagster wrapped it."""
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__
