"""Names one at a time: the same as `relevant_rows`, which has all names at once."""

import random

import pytest

from configs.errors import InputError
from configs.filenames.relevant_names import RelevantNames
from selection_assets.stages.samples.relevant_filenames import relevant_rows


def test_as_relevant_rows_does() -> None:
    chance = random.Random(1)
    parts = ["a", "b", "ab", "a b", "c.png", "a.png", "é"]
    patterns = ["a*", "!ab", "/a/*", "b/", "*.png", "!c.png"]
    for _ in range(300):
        names = sorted({"/".join(chance.choices(parts, k=chance.randint(1, 3))) for _ in range(12)})
        lines = [chance.choice(names) for _ in range(2)]
        for _ in range(3):
            prefix = chance.choice(names)[: chance.randint(0, 4)]
            lines.append(f"{prefix}*" + "".join(f" {each}" for each in chance.sample(patterns, chance.randint(0, 3))))
        relevant = RelevantNames(lines, "file")
        assert [name for name in names if relevant.selects(name)] == [names[row] for row in relevant_rows(lines, names)]


def test_lines_that_count_for_nothing_and_lines_that_are_wrong() -> None:
    relevant = RelevantNames(["", "  ", "/a", "./b", "../c", "d/../*"], "file")
    assert not any(relevant.selects(name) for name in ("", "a", "/a", "b", "./b", "c", "d/../x"))
    with pytest.raises(InputError, match=r"list\.txt, line 2: only the end of a prefix may be"):
        RelevantNames(["a", "a*b"], "list.txt")


def test_spaces_at_the_end_of_a_line() -> None:
    relevant = RelevantNames(["a b  ", "c"], "file")
    assert [relevant.selects(name) for name in ("a b", "a b  ", "a b ", "c", "c ")] == [True, True, False, True, False]
