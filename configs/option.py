"""The mark on a field that makes it an option of the command line and of `worker_config` or `lightly_config`.

    batch_size: Annotated[Whole, Option("lightly.loader.batch_size")] = Field(default=16, ge=1, description="…")

`configs.spellings.options` collects the marks. An option is its field, the field's use, and a test of both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Spelling:
    """How the old way of writing a value differs from the typed one.

    read: a value as written -> {field: typed value}, fields of the config that holds the option. What it does not know
    it hands on as it is: the bounds are those of the fields, which refuse it.
    write: that config -> the value as written.
    kind, note: type and further meaning, for the tables of options. allowed: what to write, for errors.
    """

    read: Callable[[Any], Mapping[str, Any]]
    write: Callable[[Any], Any]
    kind: str
    allowed: str
    note: str = ""


@dataclass(frozen=True)
class Option:
    """key: the dotted name; what begins with `lightly.` is a key of `lightly_config` too.

    worker: the key is one of `worker_config` too. spelling: where values are written otherwise than the field holds
    them. after: the key that it follows in tables and in config.yaml, where that is not the order of the fields.
    platform: only a job of the platform may name it, for it refers to what others may own. meaning: in place of the
    field's description, where the field has several options.
    """

    key: str
    worker: bool = False
    spelling: Spelling | None = None
    after: str = ""
    platform: bool = False
    meaning: str = ""


FOR_JOBS_ALONE = (
    "belongs to jobs of the platform; schedule one through its API (docs/moving.md), or leave the option out"
)


def asks_for_something(value: Any) -> bool:
    """Whether the value of an option of the platform is another than its default."""
    return value not in (None, "", False)


def is_number(value: Any) -> bool:
    """Whether `value` is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_off(value: Any) -> bool:
    """Whether the old spelling of a number switches something off: -1, -1.0 or null."""
    return value is None or (is_number(value) and value == -1)
