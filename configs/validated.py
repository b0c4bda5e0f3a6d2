"""From plain values of outside to a typed config: one line that names the path of what does not fit.

What a config means does not belong here; what several of its fields must be together is said by its own `check`.
"""

import difflib
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from configs.errors import InputError

M = TypeVar("M", bound=BaseModel)

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "string_type": "text",
    "one_line": "one line of text",
    "string_unicode": "text in UTF-8",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "a dictionary",
    "model_type": "a dictionary",
}
QUOTES = "'\""
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def validated(model: type[M], fields: Mapping[str, Any], where: str) -> M:
    """`model(**fields)`. Raises InputError whose line starts with the path of the first value that does not fit,
    `where.field[0].field`."""
    _refuse_unknown(model, fields, where)
    try:
        made = model(**fields)
    except ValidationError as error:
        raise InputError(first_fault(error, where, model)) from None
    check = getattr(made, "check", None)
    if check is not None:
        check(where)
    return made


def suggestion(name: str, known: Iterable[str]) -> str:
    """`did you mean x?` where something known is close to `name`, else a list of all that is known."""
    known = list(known)
    folded = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    return f"did you mean {folded[close[0]]}?" if close else f"there are: {', '.join(known)}"


def shown(value: Any) -> str:
    """A value of outside in one short line."""
    try:
        text = ascii(value) if isinstance(value, str) else repr(value)
    except ValueError:  # Python does not write such numbers
        return "a number of thousands of digits"
    text = " ".join(text.split())
    return text if len(text) <= 80 else f"{text[:77]}..."


def _refuse_unknown(model: type[BaseModel], fields: Any, where: str) -> None:
    """Unknown names, at any depth; values of another shape are left to pydantic."""
    if not isinstance(fields, Mapping):
        return
    for name, value in fields.items():
        if name not in model.model_fields:
            key = shown(name).strip(QUOTES)
            raise InputError(f"{where}.{key} does not exist; {suggestion(str(name), model.model_fields)}")
        for below in _models_in(model.model_fields[name].annotation):
            if isinstance(value, list):
                for place, item in enumerate(value):
                    _refuse_unknown(below, item, f"{where}.{name}[{place}]")
            else:
                _refuse_unknown(below, value, f"{where}.{name}")


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def requirement(error: ValidationError) -> str:
    """What the first value that does not fit must be: `must be at least 1`, `expected a whole number`."""
    first = error.errors()[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind in ("literal_error", "enum"):
        return f"must be one of {', '.join(_choices(context))}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}"
    if kind == "multiple_of":
        factor = _number(context["multiple_of"])
        return "must be an even number" if factor == "2" else f"must be a multiple of {factor}"
    if kind == "too_long":
        return f"expected at most {context['max_length']} values"
    if kind == "string_too_long":
        return f"expected at most {context['max_length']} characters"
    limits = [f"{words} {_number(context[name])}" for name, words in _LIMITS.items() if name in context]
    return f"must be {' and '.join(limits)}" if limits else str(first["msg"])


def first_fault(error: ValidationError, where: str, model: type[BaseModel] | None = None) -> str:
    """The first fault as one line. model: what was to be made; None: `where` is the full path of the one value that was
    given."""
    first = error.errors()[0]
    kind, value, context = first["type"], first["input"], first.get("ctx", {})
    path = where
    for part in first["loc"] if model else ():
        path += f"[{part}]" if isinstance(part, int) else "" if part == "[key]" else f".{shown(part).strip(QUOTES)}"
    if kind == "missing" or (value is None and kind in ("literal_error", "enum", "model_type", *_EXPECTED)):
        choices = _choices(context) or (_choices_at(model, first["loc"]) if model else [])
        return f"{path} is missing; give {'one of ' + ', '.join(choices) if choices else 'it'}"
    if kind in ("literal_error", "enum"):
        return f"{path}: {shown(value)} does not exist; {suggestion(str(value), _choices(context))}"
    if "[key]" in first["loc"]:
        return f"{path}: the name {shown(value)} is no text; write it in quotes"
    return f"{path}: {requirement(error)}; the value given is {shown(value)}"


def _choices_at(model: type[BaseModel], path: Iterable[int | str]) -> list[str]:
    """The names that the field at `path` below a model allows."""
    annotation: Any = model
    for name in (part for part in path if isinstance(part, str)):
        holders = [each for each in _models_in(annotation) if name in each.model_fields]
        annotation = holders[0].model_fields[name].annotation if holders else None
    return choices_of(annotation)


def _number(limit: float) -> str:
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def _choices(context: Mapping[str, Any]) -> list[str]:
    text = str(context.get("expected", "")).replace(" or ", ", ")
    return [part.strip(" '") for part in text.split(",") if part.strip(" '")]


def choices_of(annotation: Any) -> list[str]:
    """The names that a Literal or an Enum, optional or not, allows."""
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    return [name for part in get_args(annotation) for name in choices_of(part)]
