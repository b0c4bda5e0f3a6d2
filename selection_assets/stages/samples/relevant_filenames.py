"""Which rows the relevant-filenames file selects. Its lines: `configs.filenames.relevant_names`."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from configs.errors import InputError
from configs.filenames.gitignore_patterns import GitIgnorePatterns
from configs.filenames.relevant_names import is_outside, parse_prefix

log = logging.getLogger("winnow")
_SHOWN = 5


def relevant_rows(lines: Iterable[str], filenames: Sequence[str], where: str = "relevant filenames file") -> list[int]:
    """Rows of `filenames` that at least one line selects, ascending.

    Blank lines count for nothing. Spaces belong to a name; spaces at the end of a line are dropped unless a file is
    called so. Warned about and passed over: lines given twice, names of files that do not exist, prefixes that no file
    has, and absolute or relative paths (`/x`, `./x`, `../x`).

    Args:
        lines: the entries, without line ends.
        filenames: (N,) '/'-separated names relative to the root.
        where: how to call the file in messages.

    Raises:
        InputError: text that is no pattern follows a `*` directly, or nothing is selected.
    """
    row_of = {filename: row for row, filename in enumerate(filenames)}
    by_name = sorted(range(len(filenames)), key=filenames.__getitem__)
    names = [filenames[row] for row in by_name]
    selected: set[int] = set()
    seen: set[str] = set()
    twice: list[str] = []
    missing: list[str] = []
    outside: list[str] = []

    for number, raw in enumerate(lines, start=1):
        line = raw if raw in row_of else raw.rstrip()
        if not line:
            continue
        if line in seen:
            twice.append(line)
            continue
        seen.add(line)
        row = row_of.get(line)
        if row is not None:
            selected.add(row)
        elif is_outside(line):
            outside.append(line)
        elif "*" not in line:
            missing.append(line)
        else:
            prefix, patterns = parse_prefix(line, f"{where}, line {number}")
            start = bisect_left(names, prefix)
            end = bisect_right(names, prefix, lo=start, key=lambda name: name[: len(prefix)])
            rows = by_name[start:end]
            if not rows:
                missing.append(line)
            if patterns:
                ignored = GitIgnorePatterns(patterns)
                rows = [row for row in rows if not ignored.excludes(filenames[row])]
            selected.update(rows)

    _warn("%s: %d line(s) given more than once, kept once: %s", where, twice)
    _warn("%s: %d line(s) match no file in the input: %s", where, missing)
    _warn(
        "%s: %d line(s) start with / or hold ./ or ../ and are passed over, write names relative to the input: %s",
        where,
        outside,
    )
    if not selected:
        raise InputError(
            f"{where} selects none of the {len(filenames):,} input files: write one name per line, "
            "relative to the input folder, or a prefix followed by *"
        )
    return sorted(selected)


def _warn(message: str, where: str, lines: Sequence[str]) -> None:
    if lines:
        log.warning(message, where, len(lines), ", ".join(lines[:_SHOWN]) + (", …" if len(lines) > _SHOWN else ""))
