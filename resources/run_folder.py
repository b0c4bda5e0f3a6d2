"""The folder with everything that one run tells its user. Here are only the folder and the way files get into it.

What the files hold is the business of the assets; when the folder is made, and its logs, that of `run_session`.
"""

import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from configs.errors import InputError
from configs.spellings.flat_options import nested_values, overrides_of
from configs.stages.base import StageConfig
from configs.stages.run_folder import RunFolderConfig
from resources.atomic_file import atomic_path, disk_error, write_text
from resources.earlier_run import CONFIG, written_by
from resources.run import Run

JOB_NAME = "winnow"  # in config/hydra.yaml: by it a folder is known as one of a run


class RunFolder:
    """Writes files below `path`, each whole or not at all.

    make: called at the first use, so that a run which fails before it had anything to say leaves nothing behind. It
        returns the folder, and where people find it: another place, where the folder is only put into a bucket.
    """

    def __init__(self, make: Callable[[], tuple[Path, str]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> tuple[Path, str]:
        return self._make()

    @property
    def path(self) -> Path:
        """The folder. Raises InputError where there can be none."""
        return self._made[0]

    def place(self, path: Path | None = None) -> str:
        """Where people find the folder, or a file in it."""
        where = self._made[1]
        return where if path is None else f"{where}/{path.relative_to(self.path).as_posix()}"

    def write_text(self, name: str, text: str) -> Path:
        """Write a text file below the folder."""
        write_text(self.path / name, text)
        return self.path / name

    def write_lines(self, name: str, lines: Sequence[str]) -> Path:
        """Write a list, one entry per line; an empty file where there is none."""
        return self.write_text(name, "".join(f"{line}\n" for line in lines))

    def write_settings(self, settings: Mapping[str, StageConfig]) -> None:
        """Write `config/config.yaml` anew: a run may show what others made with other settings than its own."""
        _write_yaml(self.path, "config", nested_values(dict(settings)))

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A temporary path for a function that writes files itself; it becomes `name` when the block ends well."""
        with atomic_path(self.path / name) as temporary:
            yield temporary


def make_folder(config: RunFolderConfig, may_go_on: Callable[[Path], bool]) -> Path:
    """A new folder: output_dir/<YYYY-MM-DD>/<HH:MM:SS>, or output_dir/<run_directory>.

    A named folder may exist where it is empty, or where `may_go_on` says so of it.
    Raises InputError where there is no output_dir, the named folder is taken, or no folder can be made.
    """
    if not config.output_dir:
        raise InputError("output_dir is not set; add output_dir=/path/to/folder")
    root = Path(config.output_dir).expanduser().absolute()
    try:
        if config.run_directory:
            return _named_folder(root, config.run_directory, may_go_on)
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


def _named_folder(root: Path, name: str, may_go_on: Callable[[Path], bool]) -> Path:
    refuse_leading_out(name)
    folder = root / name
    for above in Path(name).parents[:-1]:
        if written_by(root / above)[0]:
            raise InputError(f"run_directory={name}: {root / above} is the folder of another run; choose another name")
    is_new = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not is_new and not (folder.is_dir() and may_go_on(folder)):
        raise taken(name, str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def refuse_leading_out(name: str) -> None:
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise InputError(f"run_directory={name} must be a name below output_dir, without '..'")


def taken(name: str, place: str) -> InputError:
    return InputError(
        f"run_directory={name}: {place} exists and is not empty; remove it or choose another name (only the folder of "
        "a run of the same dataset that did not finish is gone on with)"
    )


def write_config(run: Run, folder: Path, place: str = "") -> None:
    """`config/`: the resolved settings, the surroundings, and the tokens of the command line, without the token.

    place: where people find the folder, if that is elsewhere.
    """
    overrides = overrides_of(run.named) if run.overrides is None else list(run.overrides)
    write_text(folder / CONFIG, surroundings(run, place or str(folder)))
    _write_yaml(folder, "config", nested_values(dict(run.settings)))
    _write_yaml(folder, "overrides", overrides)


def surroundings(run: Run, place: str) -> str:
    """Which run a folder is of, and what it ran on, as YAML."""
    runtime: dict[str, Any] = {
        "hydra": {
            "job": {"name": JOB_NAME, "id": run.id, "dataset": run.dataset},
            "run": {"dir": place},
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
    return _yaml(runtime)


def _write_yaml(folder: Path, name: str, content: Any) -> None:
    write_text(folder / "config" / f"{name}.yaml", _yaml(content))


def _yaml(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
