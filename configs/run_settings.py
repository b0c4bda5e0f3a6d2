"""All settings of a run, one typed config per stage, and the way to and from Dagster's run config.

`STAGES` and `RESOURCES` are the only list of what a run can be told. A run config names some fields; every other field
has the value stored with the dataset, or its default.
"""

import difflib
from collections.abc import Mapping
from typing import Any

from dagster import Config
from pydantic import BaseModel, ValidationError

from configs.check_config import CheckConfig
from configs.checkpoint_config import CheckpointConfig
from configs.datasource_config import DatasourceConfig
from configs.dedup_config import DedupConfig, NormalizationConfig
from configs.embedding_config import EmbeddingConfig
from configs.errors import InputError
from configs.export_config import ExportConfig
from configs.input_config import InputConfig
from configs.report_config import ReportConfig
from configs.run_folder_config import RunFolderConfig
from configs.selection_config import SelectionConfig

STAGES: dict[str, type[Config]] = {
    "input_samples": InputConfig,
    "checked_samples": CheckConfig,
    "checkpoint": CheckpointConfig,
    "embeddings": EmbeddingConfig,
    "dedup_sets": DedupConfig,
    "normalized_embeddings": NormalizationConfig,
    "selected_samples": SelectionConfig,
    "exported_samples": ExportConfig,
    "report": ReportConfig,
}
RESOURCES: dict[str, type[BaseModel]] = {"datasource": DatasourceConfig, "run_folder": RunFolderConfig}

Named = dict[str, dict[str, Any]]  # stage or resource -> the fields that somebody named, as plain nested values


def config_class(stage: str) -> type[BaseModel]:
    """The typed config of a stage (= asset) or resource."""
    return RESOURCES.get(stage) or STAGES[stage]


def merge(stored: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """`stored`, overridden by what `named` names; sub-dictionaries are merged field by field."""
    merged = dict(stored)
    for key, value in named.items():
        below = merged.get(key)
        merged[key] = merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def named_in_run_config(run_config: Mapping[str, Any]) -> Named:
    """The fields that a Dagster run config names, by stage or resource."""
    sections = {**(run_config.get("ops") or {}), **(run_config.get("resources") or {})}
    return {
        stage: dict((sections[stage] or {}).get("config") or {}) for stage in (*STAGES, *RESOURCES) if stage in sections
    }


def to_run_config(named: Named) -> dict[str, Any]:
    """The Dagster run config that names exactly these fields."""
    return {
        "ops": {stage: {"config": fields} for stage, fields in named.items() if stage in STAGES},
        "resources": {stage: {"config": fields} for stage, fields in named.items() if stage in RESOURCES},
    }


def resolve(named: Named) -> dict[str, BaseModel]:
    """Every stage's and resource's config with these fields named; InputError for a value that is not allowed."""
    return {stage: _validated(stage, named.get(stage, {})) for stage in (*STAGES, *RESOURCES)}


def _validated(stage: str, fields: Mapping[str, Any]) -> BaseModel:
    _refuse_unknown(config_class(stage), fields, stage)
    try:
        return config_class(stage)(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([stage, *(str(part) for part in first["loc"])])
        raise InputError(f"{where}: {first['msg'].lower()}; the value given is {first['input']!r}") from None


def _refuse_unknown(model: type[BaseModel], fields: Mapping[str, Any], where: str) -> None:
    for name, value in fields.items():
        if name not in model.model_fields:
            close = difflib.get_close_matches(name, model.model_fields, n=1)
            hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(model.model_fields)}"
            raise InputError(f"{where}.{name} does not exist; {hint}")
        below = model.model_fields[name].annotation
        if isinstance(value, Mapping) and isinstance(below, type) and issubclass(below, BaseModel):
            _refuse_unknown(below, value, f"{where}.{name}")


def plain(model: BaseModel) -> dict[str, Any]:
    """A config as nested dictionaries of plain values."""
    return {
        name: plain(value) if isinstance(value, BaseModel) else value
        for name in type(model).model_fields
        for value in [getattr(model, name)]
    }
