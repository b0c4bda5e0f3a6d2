"""The relevant-filenames file: the lines in it, and which names they select.

One entry per line: the exact name of a file; `prefix*` for every file whose name starts so; or
`prefix* pattern pattern …` for the same minus what the gitignore patterns exclude (see `gitignore_patterns`).
Only parsing and matching belong here; where the file lies and how it is fetched is the caller's.
"""

from collections.abc import Iterable

from configs.errors import InputError
from configs.filenames.gitignore_patterns import GitIgnorePatterns


def relevant_lines(data: bytes, where: str) -> list[str]:
    """Split the bytes of a relevant-filenames file into lines; raise `InputError` where they are not UTF-8 text."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{where}, line {line}: not UTF-8 text; save the file as UTF-8") from error
    return [line.removesuffix("\r") for line in text.split("\n")]


def parse_prefix(line: str, where: str) -> tuple[str, list[str]]:
    """A line with a `*`: the prefix and the patterns. InputError where text that is no pattern follows the `*`."""
    prefix, _, rest = line.partition("*")
    if rest and not rest[0].isspace():
        raise InputError(
            f"{where}: only the end of a prefix may be *, but {rest.split()[0]!r} follows it; to narrow a prefix add "
            f"gitignore patterns after a space, like `{prefix}* unwanted_*`"
        )
    return prefix, rest.split()


def is_outside(line: str) -> bool:
    """Whether it is an absolute or a relative path (`/x`, `./x`, `../x`): such lines are passed over."""
    path = line.partition("*")[0]
    return path.startswith("/") or any(part in (".", "..") for part in path.split("/")[:-1]) or path in (".", "..")


class RelevantNames:
    """Answers for one name at a time, for listings that nobody holds in memory.

    It does not know which files there are. So a line with a `*` is a prefix even where a file is called exactly so, and
    one that ends in spaces selects the name with them and the one without.
    """

    def __init__(self, lines: Iterable[str], where: str) -> None:
        """where: how to call the file in messages. Raises InputError as `parse_prefix`."""
        self.exact: set[str] = set()
        prefixes: set[str] = set()
        self._narrowed: list[tuple[str, GitIgnorePatterns]] = []
        for number, raw in enumerate(lines, start=1):
            line = raw.rstrip()
            if not line or is_outside(line):
                continue
            self.exact.update((line, raw))
            if "*" in line:
                prefix, patterns = parse_prefix(line, f"{where}, line {number}")
                if patterns:
                    self._narrowed.append((prefix, GitIgnorePatterns(patterns)))
                else:
                    prefixes.add(prefix)
        self._prefixes = tuple(sorted(prefixes))

    def selects(self, name: str) -> bool:
        """Whether at least one line selects this '/'-separated name relative to the root."""
        return (
            name in self.exact
            or name.startswith(self._prefixes)
            or any(name.startswith(prefix) and not ignored.excludes(name) for prefix, ignored in self._narrowed)
        )
