"""Dagster's form of the typed configs: what a launchpad shows, and which values it lets through.

No field is required and none has a default, so that a launchpad writes nothing that nobody typed: an untouched one
leaves every field to what is stored with the dataset. The default of a field stands in its description. Bounds and
rules are those of the typed config, which a run makes of what is named.
"""

from enum import Enum as PythonEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from dagster import Array, Bool, Enum, EnumValue, Field, Float, Int, Map, Noneable, Shape, String
from pydantic import BaseModel
from pydantic.fields import FieldInfo

SCALARS: dict[Any, Any] = {bool: Bool, int: Int, float: Float, str: String}


def launchpad_fields(model: type[BaseModel]) -> dict[str, Field]:
    """The fields of a typed config as those of a Dagster config schema."""
    return {name: _field(model, name, field) for name, field in model.model_fields.items()}


def _field(model: type[BaseModel], name: str, field: FieldInfo) -> Field:
    text = " ".join(filter(None, [field.description or _group_text(field.annotation), _default(field)]))
    return Field(_type(field.annotation, f"{model.__name__}.{name}"), is_required=field.is_required(), description=text)


def _group_text(annotation: Any) -> str:
    """What a group of fields says about itself."""
    return (annotation.__doc__ or "") if isinstance(annotation, type) and issubclass(annotation, BaseModel) else ""


def _default(field: FieldInfo) -> str:
    if field.is_required() or isinstance(field.default, BaseModel):
        return ""
    return f"Default: {'null' if field.default is None else repr(field.default)}."


def _type(annotation: Any, where: str) -> Any:  # noqa: PLR0911 - a table of cases
    """The Dagster config type of an annotation; `where` names enumerations, whose names must differ."""
    if annotation in SCALARS:
        return SCALARS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Shape(launchpad_fields(annotation))
    if isinstance(annotation, type) and issubclass(annotation, PythonEnum):
        return _enum(where, [member.value for member in annotation])
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(parts[0], where)
    if origin is Literal:
        return _enum(where, list(parts))
    if origin is list:
        return Array(_type(parts[0], where))
    if origin is dict:
        return Map(_type(parts[0], where), _type(parts[1], where))
    if origin in (Union, UnionType) and NoneType in parts and len(parts) == 2:
        return Noneable(_type(next(part for part in parts if part is not NoneType), where))
    raise TypeError(f"{where}: a launchpad has no form for {annotation}")


def _enum(where: str, values: list[Any]) -> Enum:
    return Enum(where.replace(".", "_"), [EnumValue(str(value), value) for value in values])
