import re
from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from configs.errors import InputError
from configs.field_types import Number, Text
from configs.validated import choices_of, requirement, shown, suggestion, validated


class Kind(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


class Part(BaseModel):
    kind: Kind
    size: int = Field(default=1, strict=True, ge=1, lt=10)


class Inner(BaseModel):
    parts: list[Part]


class Whole(BaseModel):
    parts: list[Part] = []
    shares: dict[str, float] | None = None
    mode: Literal["on", "off"] = "on"
    name: str | None = Field(default=None, strict=True)
    pair: list[int] = Field(default=[], max_length=2)
    code: str = Field(default="", max_length=3)
    even: int = Field(default=0, multiple_of=2)
    third: int = Field(default=0, multiple_of=3)
    big: int = Field(default=1, gt=0, le=2**63 - 1)
    tiny: Number = Field(default=1.0, ge=1e-8)
    word: Text = ""
    inner: Inner | None = None

    def check(self, where: str) -> None:
        if self.name == "bad":
            raise InputError(f"{where}.name is bad")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"part": 1}, "x.part does not exist; did you mean parts?"),
        ({"zzz": 1}, "x.zzz does not exist; there are: parts, shares, mode, name, pair, code, even, "
         "third, big, tiny, word, inner"),
        ({"parts": [{"kind": "RED", "sice": 1}]}, "x.parts[0].sice does not exist; did you mean size?"),
        ({"parts": [{}]}, "x.parts[0].kind is missing; give one of RED, BLUE"),
        ({"inner": {"parts": [{}]}}, "x.inner.parts[0].kind is missing; give one of RED, BLUE"),
        ({"inner": {}}, "x.inner.parts is missing; give it"),
        ({"parts": [{"kind": "red"}]}, "x.parts[0].kind: 'red' does not exist; did you mean RED?"),
        ({"parts": [{"kind": "RED"}, {"kind": "RED", "size": "3"}]},
         "x.parts[1].size: expected a whole number; the value given is '3'"),
        ({"parts": [{"kind": "RED", "size": 0}]}, "x.parts[0].size: must be at least 1; the value given is 0"),
        ({"parts": {"kind": "RED"}}, "x.parts: expected a list; the value given is {'kind': 'RED'}"),
        ({"parts": [3]}, "x.parts[0]: expected a dictionary; the value given is 3"),
        ({"shares": {"a": "b"}}, "x.shares.a: expected a number; the value given is 'b'"),
        ({"shares": {1: 0.5}}, "x.shares[1]: the name 1 is no text; write it in quotes"),
        ({"mode": "of"}, "x.mode: 'of' does not exist; did you mean off?"),
        ({"name": 5}, "x.name: expected text; the value given is 5"),
        ({"name": "bad"}, "x.name is bad"),
        ({"shares": {"a\nb": "c"}}, "x.shares.a\\nb: expected a number; the value given is 'c'"),
        ({"shares": {"it's": "y"}}, "x.shares.it's: expected a number; the value given is 'y'"),
        ({"parts": [{"kind": "RED", "size": 10**5000}]},
         "x.parts[0].size: must be less than 10; the value given is a number of thousands of digits"),
        ({"pair": [1, 2, 3]}, "x.pair: expected at most 2 values; the value given is [1, 2, 3]"),
        ({"code": "abcd"}, "x.code: expected at most 3 characters; the value given is 'abcd'"),
        ({"even": 5}, "x.even: must be an even number; the value given is 5"),
        ({"third": 5}, "x.third: must be a multiple of 3; the value given is 5"),
        ({"big": 2**63}, "x.big: must be at most 9223372036854775807; the value given is 9223372036854775808"),
        ({"big": 0}, "x.big: must be more than 0; the value given is 0"),
        ({"tiny": 0}, "x.tiny: must be at least 1e-08; the value given is 0"),
        ({"tiny": "a"}, "x.tiny: expected a number; the value given is 'a'"),
        ({"word": "a\0"}, "x.word: expected one line of text; the value given is 'a\\x00'"),
        ({"word": "\ud800"}, "x.word: expected text in UTF-8; the value given is '\\ud800'"),
        ({"name": None, "mode": None}, "x.mode is missing; give one of on, off"),
    ],
)  # fmt: skip
def test_the_first_fault_is_one_line_with_its_path(fields: dict[Any, Any], line: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        validated(Whole, fields, "x")


def test_what_fits_is_the_model() -> None:
    assert validated(Whole, {"parts": [{"kind": "BLUE"}]}, "x").parts == [Part(kind=Kind.BLUE)]


def test_hostile_values_stay_short_and_on_one_line() -> None:
    assert shown("a\n\x1b[31m") == r"'a\n\x1b[31m'"
    assert len(shown("x" * 1000)) == 80
    with pytest.raises(InputError) as error:
        validated(Whole, {"\x1b[2J\n" + "y" * 500: 1}, "x")
    assert "\n" not in str(error.value) and "\x1b" not in str(error.value)
    assert len(str(error.value)) < 200


def test_suggestions() -> None:
    assert suggestion("BALENCE", ["BALANCE", "WEIGHTS"]) == "did you mean BALANCE?"
    assert suggestion("q", ["BALANCE", "WEIGHTS"]) == "there are: BALANCE, WEIGHTS"
    assert choices_of(Kind | None) == ["RED", "BLUE"]
    assert choices_of(Literal["a", "b"]) == ["a", "b"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"mode": "of"}, "must be one of on, off"),
        ({"parts": [{"kind": "x"}]}, "must be one of RED, BLUE"),
        ({"big": 0}, "must be more than 0"),
        ({"even": 1}, "must be an even number"),
        ({"word": "a\nb"}, "expected one line of text"),
        ({"parts": 3}, "expected a list"),
    ],
)
def test_what_a_value_must_be(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as error:
        Whole(**fields)
    assert requirement(error.value) == words
