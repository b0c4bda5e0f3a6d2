"""Settings stored with each dataset, so that a run or a backfill that names none has them.

Stored is what somebody named (see `configs.run_settings.Named`), never a default: defaults may improve.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from configs.errors import InputError
from configs.run_settings import Named, merge, named_in_run_config
from configs.stages.selection import without_replaced
from resources.atomic_file import write_text
from resources.dataset_files import SETTINGS
from resources.home import home


def _file(dataset: str) -> Path:
    return home() / SETTINGS / f"{dataset}.json"


def store_settings(dataset: str, named: Named) -> None:
    """Replace the settings of a dataset. `dataset` is a partition key, thus safe as a file name.

    The name of one run's folder is not kept: the next run needs another.
    """
    lasting = {
        stage: {name: value for name, value in fields.items() if (stage, name) != ("run_folder", "run_directory")}
        for stage, fields in named.items()
    }
    write_text(_file(dataset), json.dumps(lasting, indent=2))


def stored_settings(dataset: str) -> Named:
    """The settings of a dataset; empty where none were stored. Raises InputError for a file that was damaged."""
    file = _file(dataset)
    try:
        stored = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except (OSError, ValueError) as error:
        raise _damaged(file, error) from None
    if not isinstance(stored, dict) or not all(isinstance(fields, dict) for fields in stored.values()):
        raise _damaged(file, "it must hold one object of options for each stage")
    return stored


def _damaged(file: Path, reason: object) -> InputError:
    return InputError(
        f"{file}: damaged ({reason}); delete it: the next winnow run on this dataset, or the run config of the next "
        "run, says anew what its settings are"
    )


def effective_settings(dataset: str, run_config: Mapping[str, Any]) -> Named:
    """What is named for a run: the stored settings, overridden by the run config."""
    stored, named = stored_settings(dataset), named_in_run_config(run_config)
    if "selected_samples" in stored:
        stored["selected_samples"] = without_replaced(stored["selected_samples"], named.get("selected_samples", {}))
    return {stage: merge(stored.get(stage, {}), named.get(stage, {})) for stage in stored.keys() | named.keys()}
