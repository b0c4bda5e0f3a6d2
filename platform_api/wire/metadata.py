"""How custom metadata is shown."""

from typing import Any, Literal

from pydantic import field_validator

from platform_api.wire.base import Wire
from platform_api.wire.values import Line, plain

ValueDataType = Literal[
    "NUMERIC_INT",
    "NUMERIC_FLOAT",
    "CATEGORICAL_STRING",
    "CATEGORICAL_INT",
    "CATEGORICAL_BOOLEAN",
    "CATEGORICAL_DATETIME",
    "CATEGORICAL_TIMESTAMP",
    "OTHER_STRING",
]


class ConfigurationEntry(Wire):
    name: Line
    path: Line
    default_value: Any
    value_data_type: ValueDataType

    @field_validator("default_value")
    @classmethod
    def _is_plain(cls, value: Any) -> Any:
        return plain(value)


class ConfigurationSet(Wire):
    name: Line
    configs: list[ConfigurationEntry]
