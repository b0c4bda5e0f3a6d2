"""Which files a list of gitignore patterns excludes, decided exactly as git decides it.

Only the matching belongs here; the file that the patterns come from is read in `relevant_filenames`.
(pathspec's `GitIgnoreSpec` was tried first: it lets a pattern on a folder match everything below that folder as well,
so it disagrees with git on about one in ten random lists that mix exclusion and re-inclusion.)

Source: https://git-scm.com/docs/gitignore#_pattern_format and the `wildmatch` of git, with `/` never matched by `*`,
`?` or `[…]`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_POSIX_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\r\f\v",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_MATCHES_NOTHING = r"(?!)"
_STAR = "[^/]*"
_ANYWHERE = "(?:.*/)?"


@dataclass(frozen=True)
class _Pattern:
    regex: re.Pattern[str]
    excludes: bool
    folders_only: bool
    whole_path: bool  # else matched against the last part of the path alone


class GitIgnorePatterns:
    """Patterns in the order given; the last one that matches decides, `!` re-includes.

    As in git, nothing below an excluded folder can be re-included.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._last_first = [
            _parse(pattern) for pattern in reversed(patterns) if pattern and not pattern.startswith("#")
        ]
        self._excluded_folders: dict[str, bool] = {"": False}

    def excludes(self, filename: str) -> bool:
        """Whether the file of this '/'-separated name, relative to the root, is excluded."""
        folder, _, name = filename.rpartition("/")
        return self._excludes_folder(folder) or self._last_match(filename, name, is_folder=False)

    def _excludes_folder(self, path: str) -> bool:
        known = self._excluded_folders.get(path)
        if known is None:
            parent, _, name = path.rpartition("/")
            known = self._excludes_folder(parent) or self._last_match(path, name, is_folder=True)
            self._excluded_folders[path] = known
        return known

    def _last_match(self, path: str, name: str, is_folder: bool) -> bool:
        for pattern in self._last_first:
            if pattern.folders_only and not is_folder:
                continue
            if pattern.regex.fullmatch(path if pattern.whole_path else name):
                return pattern.excludes
        return False


def _parse(pattern: str) -> _Pattern:
    excludes = not pattern.startswith("!")
    glob = pattern.removeprefix("!")
    folders_only = glob.endswith("/")
    glob = glob.removesuffix("/")
    whole_path = "/" in glob
    glob = glob.removeprefix("/")
    return _Pattern(re.compile(_regex(glob), re.DOTALL), excludes, folders_only, whole_path)


def _regex(glob: str) -> str:
    if not glob:
        return _MATCHES_NOTHING
    parts: list[str] = []
    at = 0
    while at < len(glob):
        character = glob[at]
        if character == "*":
            end = at
            while end < len(glob) and glob[end] == "*":
                end += 1
            whole_part = (at == 0 or glob[at - 1] == "/") and (end == len(glob) or glob[end] == "/")
            if end - at < 2 or not whole_part:
                parts.append(_STAR)
            elif end == len(glob):
                parts.append(".*")
            else:
                parts.append(_ANYWHERE)
                end += 1
            at = end
        elif character == "?":
            parts.append("[^/]")
            at += 1
        elif character == "[":
            bracket, at = _bracket(glob, at + 1)
            parts.append(bracket)
        elif character == "\\":
            if at + 1 == len(glob):
                return _MATCHES_NOTHING
            parts.append(re.escape(glob[at + 1]))
            at += 2
        else:
            parts.append(re.escape(character))
            at += 1
    return _joined(parts)


def _joined(parts: Sequence[str]) -> str:
    """What stands between two stars is taken where it first comes, and nowhere else: if the rest fits behind a later
    place, it fits behind the first. A regex that tried all places would take for ever with some patterns and names."""
    first, *others = ["/".join(map(_component, _split(between, "/"))) for between in _split(parts, _ANYWHERE)]
    if not others:
        return first
    return first + "".join(f"(?>(?:.*?/)??{each})" for each in others[:-1]) + _ANYWHERE + others[-1]


def _component(parts: Sequence[str]) -> str:
    """Of a path."""
    first, *others = map("".join, _split(parts, _STAR))
    if not others:
        return first
    return first + "".join(f"(?>{_STAR}?{each})" for each in others[:-1]) + _STAR + others[-1]


def _split(parts: Sequence[str], at: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for part in parts:
        if part == at:
            found.append([])
        else:
            found[-1].append(part)
    return found


def _bracket(glob: str, at: int) -> tuple[str, int]:
    """Translate the bracket expression whose inside starts at `at`; return the regex and where to go on."""
    negated = at < len(glob) and glob[at] in "!^"
    at += negated
    members: list[str] = []
    first = True
    while True:
        if at >= len(glob):
            return _MATCHES_NOTHING, len(glob)  # never closed: git matches nothing
        if glob[at] == "]" and not first:
            break
        first = False
        if glob.startswith("[:", at):
            closing = glob.find(":]", at)
            posix = _POSIX_CLASSES.get(glob[at + 2 : closing]) if closing > 0 else None
            if posix is None:
                return _MATCHES_NOTHING, len(glob)
            members.append(posix)
            at = closing + 2
            continue
        low, at = _bracket_character(glob, at)
        if low is not None and glob.startswith("-", at) and at + 1 < len(glob) and glob[at + 1] != "]":
            high, at = _bracket_character(glob, at + 1)
            if high is None:
                return _MATCHES_NOTHING, len(glob)
            # git tests the low end on its own first, so a backward range still matches that one character.
            members.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else re.escape(low))
        elif low is None:
            return _MATCHES_NOTHING, len(glob)
        else:
            members.append(re.escape(low))
    inside = "".join(members)
    return (f"[^/{inside}]" if negated else f"(?!/)[{inside}]"), at + 1


def _bracket_character(glob: str, at: int) -> tuple[str | None, int]:
    if glob[at] == "\\":
        at += 1
    return (glob[at], at + 1) if at < len(glob) else (None, at)
