"""What a selection was asked for and what came of it, as plain values that travel with its table.

A report, made by another process and at another time, tells the selection that it shows from these alone.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from configs.errors import InputError
from configs.run_settings import plain
from configs.stages.selection import SelectionConfig
from configs.validated import validated


@dataclass(frozen=True)
class SelectionFacts:
    """Everything is JSON.

    config: the `SelectionConfig` as plain values, see `selection`.
    conditions: what could end the selection, as `name=value`, the number of samples as a count.
    goals: one dictionary per strategy, see `goal_reports`.
    stop_reason: one sentence. skipped: all remaining samples were kept, nothing was chosen.
    counts: samples by status, and `input`, see `outcome.counts`.
    """

    config: dict[str, Any]
    conditions: list[str]
    goals: list[dict[str, Any]]
    stop_reason: str
    skipped: bool
    counts: dict[str, int]

    @property
    def selection(self) -> SelectionConfig:
        """What was asked for, typed. Raises InputError where the facts are those of another version."""
        return validated(SelectionConfig, self.config, "the facts of the selection")

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def to_json(self) -> str:
        return json.dumps(self.as_dict(), allow_nan=False)

    @staticmethod
    def from_json(text: str) -> "SelectionFacts":
        """Raises InputError for what is no JSON of `to_json`."""
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, Mapping) or set(found) != {field.name for field in fields(SelectionFacts)}:
            raise InputError("the facts of the selection cannot be read; materialize selected_samples again")
        return SelectionFacts(**found)


def plain_config(config: SelectionConfig) -> dict[str, Any]:
    """`config` as JSON values, so that `SelectionFacts.selection` is equal to it."""
    values: dict[str, Any] = json.loads(json.dumps(plain(config), allow_nan=False))
    return values
