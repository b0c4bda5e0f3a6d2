"""The rules by which Google Cloud Storage deletes objects, and what follows from them for one object.

Sources: cloud.google.com/storage/docs/lifecycle#conditions, cloud.google.com/storage/docs/json_api/v1/buckets.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from resources.stores.expirations import DAY_NS, NEVER_NS
from resources.stores.moments import nanoseconds


class Facts(NamedTuple):
    """key: in the bucket. created_ns, custom_ns: since 1970. Of the last two None: not known, or there is none."""

    key: str
    created_ns: int
    storage_class: str | None = None
    custom_ns: int | None = None


Conditions = Mapping[str, Any]  # of a rule, which holds where all of them do
_OF_OLDER_VERSIONS = ("daysSinceNoncurrentTime", "noncurrentTimeBefore")


def deletion_rules(bucket: Mapping[str, Any]) -> list[Conditions]:
    """bucket: as the server describes it. Rules that move objects, or are about older versions of them and unfinished
    uploads, are left out."""
    rules = bucket.get("lifecycle", {}).get("rule", ())
    deleting = [rule.get("condition", {}) for rule in rules if rule["action"]["type"] == "Delete"]
    return [
        each
        for each in deleting
        if each.get("isLive", True) and not each.get("numNewerVersions") and each.keys().isdisjoint(_OF_OLDER_VERSIONS)
    ]


def first_ns(rules: Iterable[Conditions], facts: Facts) -> int:
    """When an object goes: the earliest rule counts. `NEVER_NS` where none is about it."""
    return min((_moment_ns(rule, facts) for rule in rules), default=NEVER_NS)


def _moment_ns(rule: Conditions, facts: Facts) -> int:
    """When every condition holds; the past, where all do already."""
    return max(_moments_ns(rule, facts), default=facts.created_ns)


def _moments_ns(rule: Conditions, facts: Facts) -> Iterable[int]:
    """When each condition begins to hold."""

    def holds(condition: bool) -> int:
        return facts.created_ns if condition else NEVER_NS

    if prefixes := rule.get("matchesPrefix"):
        yield holds(facts.key.startswith(tuple(prefixes)))
    if suffixes := rule.get("matchesSuffix"):
        yield holds(facts.key.endswith(tuple(suffixes)))
    if classes := rule.get("matchesStorageClass"):
        yield holds(facts.storage_class in classes)
    if "age" in rule:
        yield facts.created_ns + int(rule["age"]) * DAY_NS
    if "createdBefore" in rule:
        yield holds(facts.created_ns < _midnight_ns(rule["createdBefore"]))
    if "daysSinceCustomTime" in rule:
        days = int(rule["daysSinceCustomTime"])
        yield NEVER_NS if facts.custom_ns is None else facts.custom_ns + days * DAY_NS
    if "customTimeBefore" in rule:
        yield holds(facts.custom_ns is not None and facts.custom_ns < _midnight_ns(rule["customTimeBefore"]))


def _midnight_ns(day: str) -> int:
    return nanoseconds(datetime.fromisoformat(day).replace(tzinfo=UTC))
