from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configs.errors import InputError
from selection_assets.stages.dedup import equal_pixels as pixels_module
from selection_assets.stages.dedup.exact_duplicates import exact_duplicates, nothing_removed

# A row: content (None: no picture), pixels, vector, masked, preselected, datapool. Content "p1a" has the pixels "p1".
Row = tuple[str | None, float, bool, bool, bool]


@pytest.fixture(autouse=True)
def keys_of_one_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates are pictures with the same first letter, so that keys alone decide nothing."""
    monkeypatch.setattr(pixels_module, "candidate_groups", groups_of_equal)


def groups_of_equal(keys: Sequence[str]) -> list[list[int]]:
    groups: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        groups.setdefault(key, []).append(row)
    return [rows for rows in groups.values() if len(rows) > 1]


def digests(filenames: Sequence[str], content_hashes: Sequence[str]) -> Mapping[str, str]:
    assert len(set(content_hashes)) == len(content_hashes) == len(filenames)
    return {content: content[:2] for content in content_hashes}


def table(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "filename": [f"{number}.png" for number in range(len(rows))],
            "content_key": [None if row[0] is None else f"3-x/png/{row[0]}" for row in rows],
            "pixel_key": [None if row[0] is None else row[0][0] for row in rows],
            "masked": [row[2] for row in rows],
            "preselected": [row[3] for row in rows],
            "datapool": [row[4] for row in rows],
            "embedding": [[row[1], 1.0] for row in rows],
        },
        schema={
            "filename": pl.String,
            "content_key": pl.String,
            "pixel_key": pl.String,
            "masked": pl.Boolean,
            "preselected": pl.Boolean,
            "datapool": pl.Boolean,
            "embedding": pl.Array(pl.Float32, 2),
        },
    )


def related(one: Row, other: Row) -> bool:
    if one[2] or other[2]:
        return False
    if one[0] is not None and other[0] is not None:
        return one[0][:2] == other[0][:2]
    return one[1] == other[1]


def row_by_row(rows: Sequence[Row]) -> list[tuple[int | None, int]]:
    """(set, row that stays) of each row."""
    result: list[tuple[int | None, int]] = [(None, row) for row in range(len(rows))]
    sets, done = 0, set()
    for first in range(len(rows)):
        if first in done:
            continue
        members, grown = {first}, True
        while grown:
            more = {b for a in members for b in range(len(rows)) if a != b and related(rows[a], rows[b])}
            grown = not more <= members
            members |= more
        done |= members
        if len(members) < 2:
            continue
        ordered = sorted(members)
        stays = next((row for row in ordered if rows[row][3]), ordered[0])
        stays = next((row for row in ordered if rows[row][4]), stays)
        for row in ordered:
            result[row] = (sets, row if rows[row][4] else stays)
        sets += 1
    return result


CONTENTS = st.sampled_from([None, "p1a", "p1b", "p2a", "p2b", "q1a", "q1b"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(CONTENTS, st.sampled_from([0.0, 1.0, 2.0]), *[st.booleans()] * 3), max_size=12))
def test_same_sets_as_row_by_row(rows: list[Row]) -> None:
    found = exact_duplicates(table(rows), digests)
    expected = row_by_row(rows)
    names = [f"{number}.png" for number in range(len(rows))]
    assert found.table["filename"].to_list() == names
    assert found.table["group"].to_list() == [group for group, _ in expected]
    assert found.table["kept_filename"].to_list() == [names[stays] for _, stays in expected]
    assert found.table["kept"].to_list() == [stays == row for row, (_, stays) in enumerate(expected)]
    assert found.dropped == sum(stays != row for row, (_, stays) in enumerate(expected))
    if any(content for content, *_ in rows):
        same = [(rows[row][0], rows[stays][0]) for row, (_, stays) in enumerate(expected) if stays != row]
        assert found.equal_byte_for_byte == sum(one == other and one is not None for one, other in same)
    else:
        assert found.equal_byte_for_byte is None


def row(content: str | None, vector: float, **flags: bool) -> Row:
    return content, vector, *(flags.get(name, False) for name in ("masked", "preselected", "datapool"))  # type: ignore[return-value]


def kept(*rows: Row) -> list[str]:
    return exact_duplicates(table(rows), digests).table["kept_filename"].to_list()


def test_pictures_are_duplicates_by_their_pixels_whatever_their_vectors() -> None:
    assert kept(row("p1a", 1), row("p1b", 2), row("p2a", 1)) == ["0.png", "0.png", "2.png"]


def test_vectors_decide_where_there_is_no_picture() -> None:
    assert kept(row(None, 1), row(None, 2), row(None, 1)) == ["0.png", "1.png", "0.png"]


def test_new_pictures_are_duplicates_of_a_member_by_their_vectors() -> None:
    new = row("p1a", 1), row("p2a", 1), row("q1a", 2)
    member = row(None, 1, preselected=True, datapool=True)
    assert kept(*new, member) == ["3.png", "3.png", "2.png", "3.png"]
    # One vector is that of the member, the other was rounded otherwise: the pixels tell that they are one picture.
    assert kept(row("p1a", 1), row("p1b", 1.5), member) == ["2.png", "2.png", "2.png"]


def test_counts() -> None:
    found = exact_duplicates(table([row("p1a", 1), row("p1a", 1), row("p1b", 1), row("q1a", 1)]), digests)
    assert (found.dropped, found.equal_byte_for_byte) == (2, 1)


def test_nothing_is_removed_where_it_is_not_wanted() -> None:
    found = nothing_removed(table([row("p1a", 1), row("p1a", 1)]))
    assert found.table.rows() == [("0.png", None, True, "0.png"), ("1.png", None, True, "1.png")]
    assert found.table.schema == exact_duplicates(table([row("p1a", 1)]), digests).table.schema
    assert (found.dropped, found.equal_byte_for_byte) == (0, None)


def test_vectors_are_not_looked_at_where_all_have_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> list[list[int]]:
        raise AssertionError

    monkeypatch.setattr("selection_assets.stages.dedup.exact_duplicates.equal_vectors", fail)
    assert kept(row("p1a", 1), row("q1a", 1), row(None, 1, masked=True)) == ["0.png", "1.png", "2.png"]


def test_a_picture_without_a_key_ends_the_run() -> None:
    samples = table([row("p1a", 1), row("p2a", np.float32(1))]).with_columns(
        pixel_key=pl.Series(["p", None], dtype=pl.String)
    )
    with pytest.raises(InputError, match=r"^1\.png was checked by an older version; run again"):
        exact_duplicates(samples, digests)
