"""The rules by which S3 deletes objects, and what follows from them for one object.

Sources: docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html,
docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html and intro-lifecycle-filters.html.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from resources.stores.expirations import DAY_NS, NEVER_NS
from resources.stores.moments import nanoseconds


@dataclass(frozen=True)
class DeletionRule:
    """prefix: of a key in the bucket. larger, smaller: bytes, exclusive. is_tagged: only objects with certain tags
    count, which no listing tells. days: after the object was written; None: all go at `at_ns`, since 1970."""

    prefix: str = ""
    larger: int = -1
    smaller: int = 2**63
    is_tagged: bool = False
    days: int | None = None
    at_ns: int = NEVER_NS

    def moment_ns(self, key: str, size: int, modified_ns: int) -> int:
        """When an object of the bucket goes by this rule, whatever its tags; `NEVER_NS` where it is none of it."""
        if not key.startswith(self.prefix) or not self.larger < size < self.smaller:
            return NEVER_NS
        if self.days is None:
            return self.at_ns
        return -(-(modified_ns + self.days * DAY_NS) // DAY_NS) * DAY_NS  # midnight in UTC, rounded up


def deletion_rules(answer: Element) -> list[DeletionRule]:
    """answer: a lifecycle configuration. Rules that are disabled, move objects, or are about older versions of them and
    unfinished uploads, are left out."""
    return [
        _rule(rule)
        for rule in answer.iterfind("Rule")
        if rule.findtext("Status") == "Enabled"
        and (rule.findtext("Expiration/Days") or rule.findtext("Expiration/Date"))
    ]


def first_ns(rules: Iterable[DeletionRule], key: str, size: int, modified_ns: int) -> int:
    """When an object goes: the earliest rule counts. `NEVER_NS` where none is about it."""
    return min((rule.moment_ns(key, size, modified_ns) for rule in rules), default=NEVER_NS)


def _rule(rule: Element) -> DeletionRule:
    # Old rules have the prefix beside the filter, and no filter.
    (*_, where) = (found for path in (".", "Filter", "Filter/And") if (found := rule.find(path)) is not None)
    days, date = rule.findtext("Expiration/Days"), rule.findtext("Expiration/Date")
    return DeletionRule(
        prefix=where.findtext("Prefix") or "",
        larger=int(where.findtext("ObjectSizeGreaterThan") or -1),
        smaller=int(where.findtext("ObjectSizeLessThan") or 2**63),
        is_tagged=where.find("Tag") is not None,
        days=int(days) if days else None,
        at_ns=_moment_ns(date) if date else NEVER_NS,
    )


def _moment_ns(date: str) -> int:
    found = datetime.fromisoformat(date)
    return nanoseconds(found.replace(tzinfo=found.tzinfo or UTC))
