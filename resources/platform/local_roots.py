"""Which local folders the platform's users may name: those below the roots that the operator names, and no others.

Every user may read what lies below a root, and write where a dataset keeps results there.
"""

import os
from pathlib import Path

from configs.errors import InputError
from resources.home import home

VARIABLE = "WINNOW_LOCAL_ROOTS"


def local_folder(relative: str) -> Path:
    """The folder of this relative path below a root, the first that has it; without links.

    Raises InputError where the path is no plain one, or there is no such folder below any root.
    """
    roots = _roots()
    if not roots:
        raise InputError(
            f"local folders are not allowed on this server; its operator allows those below a folder with "
            f"{VARIABLE}=/that/folder"
        )
    parts = relative.strip("/").split("/") if relative.strip("/") else []
    if relative.startswith("/") or not relative.isprintable() or any(part in ("", ".", "..") for part in parts):
        raise InputError(
            f"{relative!a}: give the path of a folder below those that {VARIABLE} of the server names, relative, "
            "without '.' and '..'"
        )
    for root in roots:
        try:
            folder = Path(os.path.realpath(root.joinpath(*parts), strict=True))
        except OSError:
            continue
        if folder.is_dir() and is_allowed(folder):
            return folder
    raise InputError(f"{relative!a}: there is no such folder below those that {VARIABLE} of the server names")


def allowed_file(path: str) -> Path | None:
    """The file without links, where it is a regular one below a root; else None, as where there is none."""
    try:
        real = Path(os.path.realpath(path, strict=True))
        return real if real.is_file() and is_allowed(real) else None
    except (OSError, ValueError):
        return None


def is_allowed(real: Path) -> bool:
    """Whether a path without links lies below a root. What Winnow keeps for itself never does: keys are there."""
    own = Path(os.path.realpath(home()))
    return not real.is_relative_to(own) and any(real.is_relative_to(root) for root in _roots())


def _roots() -> list[Path]:
    """Without links. Relative ones are none: they would depend on where the server was started."""
    named = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [Path(os.path.realpath(each)) for each in named if os.path.isabs(each)]  # noqa: PTH117 - of a text
