"""Rules of S3 against a slow reading of them: day after day, with the calendar's own arithmetic."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.stores.expirations import NEVER_NS
from resources.stores.moments import nanoseconds
from resources.stores.s3_lifecycle import DeletionRule, deletion_rules, first_ns


class Written(NamedTuple):
    """A rule as somebody writes it."""

    enabled: bool
    prefix: str | None
    larger: int | None
    smaller: int | None
    tag: bool
    days: int | None
    date: datetime | None

    def xml(self) -> str:
        parts = {
            "Prefix": None if self.prefix is None else escape(self.prefix),
            "ObjectSizeGreaterThan": self.larger,
            "ObjectSizeLessThan": self.smaller,
            "Tag": "<Key>a</Key><Value>b</Value>" if self.tag else None,
        }
        filters = [f"<{name}>{text}</{name}>" for name, text in parts.items() if text is not None]
        inside = f"<And>{''.join(filters)}</And>" if len(filters) > 1 else "".join(filters)
        date = f"<Date>{self.date:%Y-%m-%dT%H:%M:%S.000Z}</Date>" if self.date else ""
        days = f"<Days>{self.days}</Days>" if self.days is not None else ""
        status = "Enabled" if self.enabled else "Disabled"
        return (
            f"<Rule><ID>x</ID><Filter>{inside}</Filter><Status>{status}</Status><Expiration>{days}{date}</Expiration>"
            "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration></Rule>"
        )

    def goes(self, key: str, size: int, written: datetime) -> datetime | None:
        """Tags left aside."""
        about_it = [
            self.enabled,
            key[: len(self.prefix or "")] == (self.prefix or ""),
            self.larger is None or size > self.larger,
            self.smaller is None or size < self.smaller,
        ]
        if not all(about_it):
            return None
        if self.days is None:
            return self.date
        midnight = written.replace(hour=0, minute=0, second=0, microsecond=0)
        while midnight < written + timedelta(days=self.days):
            midnight += timedelta(days=1)
        return midnight


moments = st.datetimes(datetime(2019, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
midnights = moments.map(lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0))
maybe_size = st.none() | st.integers(1, 20)
keys = st.text("ab/", max_size=5)
written_rules = st.builds(
    lambda *fields, days, date: Written(*fields, days, None if days is not None else date),
    st.booleans(), st.none() | keys, maybe_size, maybe_size, st.booleans(), days=st.none() | st.integers(1, 40),
    date=midnights,
)  # fmt: skip


def read(*rules: str) -> list[DeletionRule]:
    return deletion_rules(ElementTree.fromstring(f"<LifecycleConfiguration>{''.join(rules)}</LifecycleConfiguration>"))


@given(st.lists(written_rules, max_size=4), keys, st.integers(0, 25), moments | midnights)
def test_rules_are_read_and_followed(rules: list[Written], key: str, size: int, written: datetime) -> None:
    made = read(*(rule.xml() for rule in rules))
    assert [rule.is_tagged for rule in made] == [rule.tag for rule in rules if rule.enabled]
    expected = [moment for rule in rules if (moment := rule.goes(key, size, written))]
    first = nanoseconds(min(expected)) if expected else NEVER_NS
    assert first_ns(made, key, size, nanoseconds(written)) == first


@pytest.mark.parametrize(
    ("written", "days", "goes"),
    [
        ("2014-01-15T10:30:00", 3, "2014-01-19T00:00:00"),  # the example of Amazon's own pages
        ("2014-01-15T00:00:00", 3, "2014-01-18T00:00:00"),
        ("2014-01-15T00:00:00.000001", 1, "2014-01-17T00:00:00"),
        ("2024-02-28T23:59:59", 1, "2024-03-01T00:00:00"),
    ],
)
def test_days_end_at_midnight(written: str, days: int, goes: str) -> None:
    one, other = (nanoseconds(datetime.fromisoformat(text).replace(tzinfo=UTC)) for text in (written, goes))
    assert DeletionRule(days=days).moment_ns("x", 0, one) == other


OLD = "<Rule><Prefix>a/</Prefix><Status>Enabled</Status><Expiration><Days>2</Days></Expiration></Rule>"
OTHERS = [
    "<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>",
    "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
    "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>",
    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
]


def test_a_rule_of_the_old_form() -> None:
    assert read(OLD) == [DeletionRule(prefix="a/", days=2)]


@pytest.mark.parametrize("rule", OTHERS)
def test_rules_that_delete_nothing_that_is_read(rule: str) -> None:
    assert read(f"<Rule><Filter></Filter><Status>Enabled</Status>{rule}</Rule>") == []


def test_without_rules_everything_stays() -> None:
    arguments: Any = ("x", 5, 10)
    assert read() == [] and first_ns([], *arguments) == NEVER_NS
