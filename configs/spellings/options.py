"""Every option of a run, collected from the marks on the fields of the stages' configs (`configs.option`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from configs.option import Option
from configs.run_settings import RESOURCES, STAGES, config_class


@dataclass(frozen=True)
class FlatOption:
    """One option: its mark, and the field that carries it. path: dotted path of the field below the stage's config."""

    stage: str
    path: str
    field: FieldInfo
    mark: Option

    @property
    def key(self) -> str:
        return self.mark.key

    @property
    def type_name(self) -> str:
        return self.mark.spelling.kind if self.mark.spelling else _type_name(self.field.annotation)

    @property
    def meaning(self) -> str:
        note = self.mark.spelling.note if self.mark.spelling else ""
        whose = "Only for jobs of the platform." if self.mark.platform else ""
        return " ".join(filter(None, [self.mark.meaning or self.field.description, note, whose]))

    @property
    def is_optional(self) -> bool:
        """Whether null is a value of the field."""
        return NoneType in get_args(self.field.annotation)

    def typed(self, value: Any) -> dict[str, Any]:
        """The stage's fields that `value`, in the old spelling, names. Raises pydantic's ValidationError where the
        fields do not take it."""
        group, _, name = self.path.rpartition(".")
        fields = dict(self.mark.spelling.read(value)) if self.mark.spelling else {name: value}
        whole = nested(group, fields) if group else fields
        config_class(self.stage)(**whole)
        return whole

    def value_in(self, settings: Mapping[str, BaseModel]) -> Any:
        """The option's value under `settings`, in the old spelling."""
        config: Any = settings[self.stage]
        *groups, name = self.path.split(".")
        for group in groups:
            config = getattr(config, group)
        return self.mark.spelling.write(config) if self.mark.spelling else getattr(config, name)


def title_of(stage: str) -> str:
    """The heading of a stage's options."""
    config: Any = config_class(stage)
    return str(config.title)


def nested(path: str, value: Any) -> dict[str, Any]:
    """`a.b` and a value as {"a": {"b": value}}."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return dict(value)


def _marked(stage: str, config: type[BaseModel], prefix: str = "") -> Iterator[FlatOption]:
    for name, field in config.model_fields.items():
        below = field.annotation
        if isinstance(below, type) and issubclass(below, BaseModel):
            yield from _marked(stage, below, f"{prefix}{name}.")
        for mark in field.metadata:
            if isinstance(mark, Option):
                yield FlatOption(stage, prefix + name, field, mark)


def _in_order(options: Iterator[FlatOption]) -> list[FlatOption]:
    """Fields in their order; an option with `after` behind the one that it names."""
    found = list(options)
    for option in [option for option in found if option.mark.after]:
        found.remove(option)
        place = next(place for place, other in enumerate(found) if other.key == option.mark.after)
        found.insert(place + 1, option)
    return found


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " | ".join(filter(None, get_args(annotation)))
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    while hasattr(annotation, "__origin__"):  # Annotated
        annotation = annotation.__origin__
    return str(annotation.__name__)


SECTIONS = (*RESOURCES, *STAGES)
OPTIONS: dict[str, FlatOption] = {
    option.key: option for stage in SECTIONS for option in _in_order(_marked(stage, config_class(stage)))
}
