import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.errors import InputError
from configs.spellings.dotted_tokens import parse_value, split_token


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.", 1.0),
        ("0.3", 0.3),
        (".5", 0.5),
        ("1e-5", 1e-5),
        ("50'000", 50_000),
        ("1_000_000", 1_000_000),
        ("-1", -1),
        ("-1.", -1.0),
        ("True", True),
        ("false", False),
        ("null", None),
        ("", None),
        ('""', ""),
        ("''", ""),
        ("'0.3'", "0.3"),
        ("[480,640]", [480, 640]),
        ("[ 480 , 640 ]", [480, 640]),
        ("[]", []),
        ("resnet-18", "resnet-18"),
        ("1'", "1'"),
        ("a=b", "a=b"),
    ],
)
def test_values(text: str, value: object) -> None:
    parsed = parse_value(text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("digits", [3999, 4000, 5000, 100_000])
def test_numbers_that_are_too_long_stay_text(digits: int) -> None:
    text = "1" * digits
    assert parse_value(text) == (int(text) if digits < 4000 else text)


@given(st.integers())
def test_every_integer_survives(number: int) -> None:
    assert parse_value(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_survives(number: float) -> None:
    assert parse_value(repr(number)) == number


def test_a_token_is_split_at_the_first_equals_sign() -> None:
    assert split_token("a.b=c=d") == ("a.b", "c=d")
    assert split_token(" 'a.b' = c ") == ("a.b", "c")
    assert split_token("+a.b=c") == ("a.b", "c")


@pytest.mark.parametrize("token", ["n_samples", "=3", "a..b=1", "--help=1", "a b=1", ""])
def test_what_is_no_token_is_named(token: str) -> None:
    with pytest.raises(InputError, match="write key=value"):
        split_token(token)
