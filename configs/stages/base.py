"""The base of every typed config: unknown fields are refused, and nothing changes once it is made."""

from pydantic import BaseModel, ConfigDict


class StageConfig(BaseModel):
    """What one stage, or a part of it, can be told. Dagster's form of it is derived in `configs.launchpad`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
