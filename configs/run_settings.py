"""All settings of a run, one typed config per stage, and the way to and from Dagster's run config.

`STAGES` and `RESOURCES` are the only list of what a run can be told. A run config names some fields; every other field
has the value stored with the dataset, or its default.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

from configs.run_checks import check_run
from configs.stages.base import StageConfig
from configs.stages.check import CheckConfig
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.datasource import DatasourceConfig
from configs.stages.dedup import DedupConfig, NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from configs.stages.export import ExportConfig
from configs.stages.input import InputConfig
from configs.stages.report import ReportConfig
from configs.stages.run_folder import RunFolderConfig
from configs.stages.selection import SelectionConfig
from configs.stages.upload import UploadConfig
from configs.validated import validated

STAGES: dict[str, type[StageConfig]] = {
    "input_samples": InputConfig,
    "checked_samples": CheckConfig,
    "checkpoint": CheckpointConfig,
    "embeddings": EmbeddingConfig,
    "dedup_sets": DedupConfig,
    "normalized_embeddings": NormalizationConfig,
    "selected_samples": SelectionConfig,
    "exported_samples": ExportConfig,
    "datapool": DatapoolConfig,
    "report": ReportConfig,
    "uploaded_pictures": UploadConfig,
}
RESOURCES: dict[str, type[StageConfig]] = {"datasource": DatasourceConfig, "run_folder": RunFolderConfig}

Named = dict[str, dict[str, Any]]  # stage or resource -> the fields that somebody named, as plain nested values


def config_class(stage: str) -> type[StageConfig]:
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


def resolve(named: Named) -> dict[str, StageConfig]:
    """Every stage's and resource's config with these fields named; InputError for a value that is not allowed."""
    return {stage: validated(config_class(stage), named.get(stage, {}), stage) for stage in (*STAGES, *RESOURCES)}


def resolve_run(named: Named) -> dict[str, StageConfig]:
    """As `resolve`, for all that is named for a whole run: InputError also for what the settings together do not allow,
    and for what is missing."""
    settings = resolve(named)
    check_run(settings)
    return settings


def plain(model: BaseModel) -> dict[str, Any]:
    """A config as nested dictionaries and lists of plain values."""
    return {name: _plain(getattr(model, name)) for name in type(model).model_fields}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return plain(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value
