"""The resource `run_folder`: the folder with everything that one run tells its user.

It is created with the first file, so that a run that fails before it had anything to say leaves nothing behind.
What the files hold is the business of the assets; here are only the folder, its logs and the copies of the config.
"""

import json
import logging
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import yaml
from dagster import DagsterInstance, InitResourceContext

from configs.errors import InputError
from configs.run_settings import resolve
from configs.spellings.flat_options import nested_values, overrides_of
from configs.stages.run_folder import RunFolderConfig
from resources.atomic_file import atomic_path, disk_error, write_text
from resources.dataset_settings import effective_settings, store_settings, stored_settings
from resources.memory_log import MemoryLog

FOLDER_TAG = "winnow/run_folder"  # on the Dagster run, so that the UI shows where the files are
OVERRIDES_TAG = "winnow/overrides"  # the tokens of the command line, as JSON, without the token
LOG_FORMAT = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
log = logging.getLogger("winnow")


class RunFolder:
    """The folder of one run.

    named: what is named for the run, see `configs.run_settings.Named`.
    overrides: the command line's tokens, or None where there was no command line.
    """

    def __init__(
        self,
        named: Mapping[str, Any],
        *,
        run_id: str = "",
        dataset: str = "",
        overrides: list[str] | None = None,
        existing: str = "",
    ) -> None:
        self.named, self.run_id, self.dataset = dict(named), run_id, dataset
        self.settings = resolve(self.named)
        self.overrides = overrides_of(self.named) if overrides is None else overrides
        self.started = datetime.now().astimezone()
        self.timings: dict[str, float] = {}
        self.figures: dict[str, Any] = {}  # what steps measured about themselves, for the report
        self._warnings = _Warnings()
        self._existing = existing
        self._path: Path | None = None
        self._memory_log: MemoryLog | None = None
        self._log = _LogFile()

    @property
    def path(self) -> Path:
        """The folder; created at the first call, with `config/`, `log.txt` and `memlog.txt`."""
        if self._path is None:
            self._path = Path(self._existing) if self._existing else self._new_folder()
            self._write_config(self._path)
            self._start_logs(self._path)
        return self._path

    @property
    def warnings(self) -> list[str]:
        """What was warned of so far."""
        return self._warnings.messages

    @property
    def is_open(self) -> bool:
        return self._path is not None

    def write_text(self, name: str, text: str) -> Path:
        """Write a text file below the folder, whole or not at all."""
        write_text(self.path / name, text)
        return self.path / name

    def write_lines(self, name: str, lines: list[str]) -> Path:
        """Write a list, one entry per line; an empty file where there is none."""
        return self.write_text(name, "".join(f"{line}\n" for line in lines))

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A temporary path for a function that writes files itself; it becomes `name` when the block ends well."""
        with atomic_path(self.path / name) as temporary:
            yield temporary

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Count the block's wall time under `step`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.timings[step] = self.timings.get(step, 0.0) + time.perf_counter() - started

    @contextmanager
    def session(self) -> Iterator["RunFolder"]:
        """Collect log lines from the start of the run, for the folder once there is one; close the files at the end."""
        log.addHandler(self._log)
        log.addHandler(self._warnings)
        try:
            yield self
        finally:
            log.debug("Seconds per step: %s", json.dumps({step: round(took, 3) for step, took in self.timings.items()}))
            log.removeHandler(self._warnings)
            log.removeHandler(self._log)
            self._log.close()
            if self._memory_log:
                self._memory_log.stop()

    def _new_folder(self) -> Path:
        config: Any = self.settings["run_folder"]
        if not config.output_dir:
            raise InputError("output_dir is not set; add output_dir=/path/to/folder")
        root = Path(config.output_dir).expanduser().absolute()
        try:
            if config.run_directory:
                return _named_folder(root, config.run_directory)
            while True:
                now = datetime.now()
                folder = root / f"{now:%Y-%m-%d}" / f"{now:%H:%M:%S}"
                try:
                    folder.mkdir(parents=True)
                    return folder
                except FileExistsError:
                    if root.exists() and not root.is_dir():
                        raise
                    time.sleep(1.0 - datetime.now().microsecond / 1e6)  # another run has this second
        except (FileExistsError, NotADirectoryError):
            raise InputError(f"output_dir={config.output_dir} is not a folder; give a folder") from None
        except OSError as error:
            raise disk_error(error, root) from error

    def _write_config(self, folder: Path) -> None:
        runtime = {
            "hydra": {
                "job": {"name": "winnow", "id": self.run_id, "dataset": self.dataset},
                "run": {"dir": str(folder)},
                "runtime": {
                    "version": version("winnow"),
                    "dagster": version("dagster"),
                    "python": platform.python_version(),
                    "platform": platform.platform(),
                    "cpus": os.cpu_count(),
                    "cwd": str(Path.cwd()),
                    "executable": sys.executable,
                },
            }
        }
        contents = {"config": nested_values(self.settings), "hydra": runtime, "overrides": self.overrides}
        for name, content in contents.items():
            write_text(folder / "config" / f"{name}.yaml", yaml.safe_dump(content, sort_keys=False, allow_unicode=True))

    def _start_logs(self, folder: Path) -> None:
        self._log.open(folder / "log.txt")
        self._memory_log = MemoryLog(folder / "memlog.txt")
        self._memory_log.start()


class _LogFile(logging.Handler):
    """Keeps lines in memory until there is a file to append them to."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(LOG_FORMAT)
        self._early: list[str] = []
        self._file: IO[str] | None = None

    def open(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._file.writelines(self._early)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record) + "\n"
            if self._file is None:
                self._early.append(line)
            else:
                self._file.write(line)
        except OSError:  # a full disk must not end the run for want of a log line
            self.handleError(record)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _named_folder(root: Path, name: str) -> Path:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise InputError(f"run_directory={name} must be a name below output_dir, without '..'")
    folder = root / name
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"run_directory={name}: {folder} exists and is not empty; remove it or choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class RunFolderResource(RunFolderConfig):
    """Dagster's way to a `RunFolder`. Every process of a run gets the same folder."""

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[RunFolder]:  # type: ignore[override]
        run = context.run
        assert run is not None, "the run folder belongs to a run"
        dataset = run.tags.get("dagster/partition", "")
        overrides = run.tags.get(OVERRIDES_TAG)
        named = effective_settings(dataset, run.run_config)
        if dataset and not stored_settings(dataset):
            store_settings(dataset, named)  # the first run of a dataset says how later ones go, unless told otherwise
        folder = RunFolder(
            named,
            run_id=run.run_id,
            dataset=dataset,
            overrides=json.loads(overrides) if overrides else None,
            existing=run.tags.get(FOLDER_TAG, ""),
        )
        with folder.session():
            try:
                yield folder
            finally:
                _tag(context.instance, folder)


def _tag(instance: DagsterInstance | None, folder: RunFolder) -> None:
    if instance is not None and folder.is_open:
        instance.add_run_tags(folder.run_id, {FOLDER_TAG: str(folder.path)})
