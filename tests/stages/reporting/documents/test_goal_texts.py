from typing import Any

import pytest

from selection_assets.stages.reporting.documents.goal_texts import asked_text, reached_text


def goal(strategy: str, asked: dict[str, Any] | None = None, strength: float = 1.0, **reached: Any) -> dict[str, Any]:
    return {"strategy": {"type": strategy}, "strength": strength, "asked": asked or {}, "reached": reached}


@pytest.mark.parametrize(
    ("of", "text"),
    [
        (goal("DIVERSITY"), "samples far from each other"),
        (goal("DIVERSITY", {"minimum_distance": 0.1}), "samples far from each other, none nearer than 0.1"),
        (goal("DIVERSITY", strength=-1), "samples near to each other"),
        (goal("WEIGHTS", strength=-2), "low values"),
        (goal("WEIGHTS", strength=0), "nothing: its strength is 0"),
        (goal("WEIGHTS", {"max_sum": 5.0}), "high values, a sum of at most 5"),
        (goal("WEIGHTS", {"min_sum": 1.0, "max_sum": 2.5}), "a sum from 1 to 2.5"),
        (goal("THRESHOLD", {"threshold": 12.0, "operation": "BIGGER_EQUAL"}), "only values ≥ 12"),
        (goal("TYPICALITY", {"neighbors": 20, "minimum_typicality": 0.4}),
         "samples amid many others, none less typical than 0.4, looking at 20 neighbours"),
        (goal("BALANCE", {"shares": {"a": 0.25, "b": 0.75}}), "b 75%, a 25%"),
        (goal("BALANCE", {"shares": {"a": 1.0}}, -1), "the opposite of a 100%"),
    ],
)  # fmt: skip
def test_asked(of: dict[str, Any], text: str) -> None:
    assert asked_text(of) == text


@pytest.mark.parametrize(
    ("of", "text"),
    [
        (goal("DIVERSITY"), "–"),
        (goal("DIVERSITY", smallest_distance=0.25, mean_distance=0.5),
         "every pick at least 0.250 from all before it, 0.500 on average"),
        (goal("WEIGHTS", sum=42.5, mean_of_picks=0.85, mean_of_input=0.5), "mean 0.85 (input: 0.5), sum 42.5"),
        (goal("WEIGHTS", sum=0.0, mean_of_picks=None, mean_of_input=0.5), "sum 0"),
        (goal("THRESHOLD", kept=1300, removed=12), "12 samples removed, 1,300 left"),
        (goal("BALANCE", shares={"a": 0.5, "b": 0.5}, shares_of_input={"a": 0.9, "b": 0.1}, agreement=0.75),
         "a 50%, b 50%: 75% agreement (input: a 90%, b 10%)"),
    ],
)  # fmt: skip
def test_reached(of: dict[str, Any], text: str) -> None:
    assert reached_text(of) == text


@pytest.mark.parametrize(
    ("operation", "sign"), [("SMALLER", "<"), ("SMALLER_EQUAL", "≤"), ("BIGGER", ">"), ("BIGGER_EQUAL", "≥")]
)
def test_signs(operation: str, sign: str) -> None:
    assert asked_text(goal("THRESHOLD", {"threshold": 0.5, "operation": operation}, 0)) == f"only values {sign} 0.5"


@pytest.mark.parametrize(
    ("strategy", "towards", "away"),
    [
        ("SIMILARITY", "samples like those of the tag", "samples unlike those of the tag"),
        ("TYPICALITY", "samples amid many others", "samples far from all others"),
        ("WEIGHTS", "high values", "low values"),
    ],
)
def test_aims(strategy: str, towards: str, away: str) -> None:
    assert (asked_text(goal(strategy, strength=0.5)), asked_text(goal(strategy, strength=-0.5))) == (towards, away)


@pytest.mark.parametrize(
    ("value", "text"),
    [(9999.4, "9,999"), (9999.9, "1e+04"), (10_000.0, "10,000"), (1_234_567.8, "1,234,568"), (-12_345.6, "-12,346"),
     (0.123456, "0.1235")],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert reached_text(goal("WEIGHTS", sum=value)) == f"sum {text}"


def test_agreement_and_shares_are_per_cent_the_largest_first() -> None:
    reached = goal("BALANCE", shares={"a": 0.126, "b": 0.874}, shares_of_input={"a": 1.0}, agreement=0.996)
    assert reached_text(reached) == "b 87%, a 13%: 100% agreement (input: a 100%)"


def test_many_classes_are_cut() -> None:
    eight = {str(i): 0.1 for i in range(8)}
    assert asked_text(goal("BALANCE", {"shares": eight})).endswith(", 7 10%")
    shares = {str(i): 0.1 for i in range(10)}
    assert asked_text(goal("BALANCE", {"shares": shares})).endswith("7 10%, 2 more")
