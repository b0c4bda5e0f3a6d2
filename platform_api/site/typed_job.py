"""A job as somebody types it into three fields of JSON, in the spelling of scripts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from configs.errors import InputError
from configs.run_settings import resolve
from configs.stages.selection import SelectionConfig
from resources.platform.datasets import PlatformDataset
from resources.platform.job_settings import job_settings
from resources.platform.scheduled_runs import PRIORITIES
from resources.platform.users import User
from resources.platform.worker_configs import NAMES, Dictionaries

EXAMPLES = {
    "worker_config": {"enable_training": False},
    "selection_config": {
        "n_samples": 50,
        "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}],
    },
    "lightly_config": {},
}
_MOST_LABELS = 100


@dataclass(frozen=True)
class TypedJob:
    dictionaries: Dictionaries
    priority: str
    runs_on: list[str]


def example_fields() -> dict[str, str]:
    """What the fields of a new job hold."""
    return {name: json.dumps(value, indent=2) for name, value in EXAMPLES.items()} | {"priority": "MID", "runs_on": ""}


def typed_job(fields: Mapping[str, str]) -> TypedJob:
    """Raises InputError, in one line that names the field, for what is no job."""
    priority = fields.get("priority", "MID")
    if priority not in PRIORITIES:
        raise InputError(f"priority={priority[:40]!a}: write one of {', '.join(PRIORITIES)}")
    labels = [label for part in fields.get("runs_on", "").split(",") if (label := part.strip())]
    if len(labels) > _MOST_LABELS or any(len(label) > 255 for label in labels):
        raise InputError("runs_on: at most 100 labels, with at most 255 characters each")
    return TypedJob({name: _dictionary(name, fields.get(name, "")) for name in NAMES}, priority, labels)


def checked_job(user: User, dataset: PlatformDataset, fields: Mapping[str, str]) -> tuple[TypedJob, list[str]]:
    """The job, and what it would do, in words. Raises InputError as `typed_job`, and for what no run can be told."""
    job = typed_job(fields)
    settings: Any = resolve(job_settings(user, dataset, job.dictionaries))
    return job, [_input(settings), _model(settings), _selection(settings["selected_samples"])]


def _dictionary(name: str, text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"{name}, line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{name}: is no JSON that can be read") from None
    if not isinstance(found, dict):
        raise InputError(f"{name}: write a dictionary, between {{ and }}")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _input(settings: Mapping[str, Any]) -> str:
    samples = settings["input_samples"]
    new = "All files" if samples.process_all else "New files"
    return f"{new} of {settings['datasource'].input_dir}"


def _model(settings: Mapping[str, Any]) -> str:
    checkpoint, samples = settings["checkpoint"], settings["input_samples"]
    if samples.embeddings:
        return f"Vectors of {samples.embeddings}"
    begun = f", starting from {checkpoint.given}" if checkpoint.given else ""
    if checkpoint.enable_training:
        return f"Embedded after training{begun}"
    return f"Embedded with {checkpoint.given or checkpoint.model.name or 'the built-in model'}, without training"


def _selection(selection: SelectionConfig) -> str:
    asked = selection.asked
    count = f"{asked} samples" if isinstance(asked, int) else "samples" if asked is None else f"{asked:.0%} of them"
    if not selection.strategies:
        return f"Selects {count} by {selection.method}"
    parts = [f"{each.input.type.value} × {each.strategy.type.value}" for each in selection.strategies]
    return f"Selects {count} by {', '.join(parts)}"
