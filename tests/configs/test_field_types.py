from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from configs.field_types import LARGEST_INTEGER, Flag, Number, Text, Whole
from configs.option import is_number, is_off


class Fields(BaseModel):
    flag: Flag = False
    whole: Whole | None = None
    number: Number = 0.0
    text: Text = ""


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("flag", 1, "bool_type"),
        ("flag", "true", "bool_type"),
        ("whole", True, "int_type"),
        ("whole", 1.0, "int_type"),
        ("whole", "1", "int_type"),
        ("number", True, "float_type"),
        ("number", "1", "float_type"),
        ("number", float("inf"), "finite_number"),
        ("number", float("nan"), "finite_number"),
        ("number", 10**400, "float_type"),
        ("text", 1, "string_type"),
        ("text", "a\nb", "one_line"),
        ("text", "a\n", "one_line"),
        ("text", "\n", "one_line"),
        ("text", "a\r", "one_line"),
        ("text", "a\x85b", "one_line"),
        ("text", "a\u2029b", "one_line"),
        ("text", "\0", "one_line"),
        ("text", "a\udcff", "string_unicode"),
        ("text", "\ud800", "string_unicode"),
    ],
)
def test_nothing_is_converted(name: str, value: Any, kind: str) -> None:
    with pytest.raises(ValidationError) as error:
        Fields(**{name: value})
    assert [fault["type"] for fault in error.value.errors()] == [kind]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flag", True), ("whole", None), ("whole", -5), ("whole", LARGEST_INTEGER), ("number", 3), ("number", -0.5),
        ("text", ""), ("text", "a b\tc"), ("text", "ä 中"), ("text", " a "),
    ],
)  # fmt: skip
def test_what_fits_stays_as_it_is(name: str, value: Any) -> None:
    assert getattr(Fields(**{name: value}), name) == value


def test_numbers_of_the_old_spelling() -> None:
    assert [value for value in (0, 1.5, -1, True, "1", None, [1]) if is_number(value)] == [0, 1.5, -1]
    assert [value for value in (-1, -1.0, None, 0, 1, True, "-1", -2) if is_off(value)] == [-1, -1.0, None]


def test_the_largest_integer_fits_64_bits() -> None:
    assert LARGEST_INTEGER == 9_223_372_036_854_775_807
