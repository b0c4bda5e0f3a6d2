"""Rules of Google Cloud Storage against what its pages say of each condition, at any one moment."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.stores.expirations import NEVER_NS
from resources.stores.gcs_lifecycle import Facts, deletion_rules, first_ns

DAY = 86_400 * 10**9
FAR = 2**62  # in the year 2116


def since_1970(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY


def is_deleted(rule: dict[str, Any], facts: Facts, now: int) -> bool:
    """Whether every condition holds now, of an object that is the live one of its name."""
    holds: dict[str, Any] = {
        "age": lambda days: now - facts.created_ns >= days * DAY,
        "createdBefore": lambda day: facts.created_ns < since_1970(day),
        "isLive": lambda live: live,
        "numNewerVersions": lambda count: count <= 0,
        "daysSinceNoncurrentTime": lambda _: False,
        "noncurrentTimeBefore": lambda _: False,
        "matchesPrefix": lambda texts: any(facts.key.find(text) == 0 for text in texts),
        "matchesSuffix": lambda texts: any(text == facts.key[-len(text) :] for text in texts),
        "matchesStorageClass": lambda classes: classes.count(facts.storage_class) > 0,
        "daysSinceCustomTime": lambda days: facts.custom_ns is not None and now - facts.custom_ns >= days * DAY,
        "customTimeBefore": lambda day: facts.custom_ns is not None and facts.custom_ns < since_1970(day),
    }
    return all(holds[name](value) for name, value in rule.items())


def test_dates_are_midnights_in_utc() -> None:
    assert since_1970("2024-05-06") == datetime(2024, 5, 6, tzinfo=UTC).timestamp() * 10**9


days = st.integers(0, 400)
dates = st.dates(date(2023, 1, 1), date(2025, 1, 1)).map(str)
texts = st.lists(st.text("ab.", min_size=1, max_size=3), min_size=1, max_size=3)
classes = st.sampled_from(["STANDARD", "NEARLINE", "ARCHIVE"])
conditions = st.fixed_dictionaries(
    {},
    optional={
        "age": days,
        "createdBefore": dates,
        "isLive": st.booleans(),
        "numNewerVersions": st.integers(0, 2),
        "daysSinceNoncurrentTime": st.integers(0, 9),
        "noncurrentTimeBefore": dates,
        "matchesPrefix": texts,
        "matchesSuffix": texts,
        "matchesStorageClass": st.lists(classes, min_size=1),
        "daysSinceCustomTime": days,
        "customTimeBefore": dates,
    },
)
moments = st.integers(since_1970("2023-01-01"), since_1970("2025-01-01"))
facts_of_objects = st.builds(Facts, st.text("ab.", max_size=5), moments, classes, st.none() | moments)


def read(*rules: dict[str, Any]) -> Any:
    return deletion_rules(
        {"lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": rule} for rule in rules]}}
    )


@given(st.lists(conditions, max_size=3), facts_of_objects)
def test_an_object_goes_at_the_first_moment_at_which_a_rule_holds(rules: list[dict[str, Any]], facts: Facts) -> None:
    moment = first_ns(read(*rules), facts)
    if moment == NEVER_NS:
        assert not any(is_deleted(rule, facts, FAR) for rule in rules)
        return
    assert any(is_deleted(rule, facts, max(moment, facts.created_ns)) for rule in rules)
    if moment > facts.created_ns:
        assert not any(is_deleted(rule, facts, moment - 1) for rule in rules)


@pytest.mark.parametrize(
    "bucket",
    [
        {},
        {"lifecycle": {}},
        {"lifecycle": {"rule": [{"action": {"type": "SetStorageClass", "storageClass": "ARCHIVE"}, "condition": {}}]}},
        {"lifecycle": {"rule": [{"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 1}}]}},
    ],
)
def test_buckets_that_delete_nothing(bucket: dict[str, Any]) -> None:
    assert deletion_rules(bucket) == []


def test_what_is_not_known_of_an_object_is_no_reason_to_delete_it() -> None:
    rules = read({"age": 1, "matchesStorageClass": ["STANDARD"]}, {"age": 9}, {"daysSinceCustomTime": 0})
    assert first_ns(rules, Facts("x", 5)) == 5 + 9 * DAY
