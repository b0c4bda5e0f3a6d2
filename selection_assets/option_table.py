"""The options of `winnow run` as a table: on the terminal and in the documentation."""

import shutil
import textwrap
from collections.abc import Iterator

from configs.run_settings import resolve
from configs.spellings.flat_options import COMMAND_OPTIONS
from configs.spellings.options import OPTIONS, SECTIONS, title_of
from configs.spellings.unsupported_options import UNSUPPORTED

Row = tuple[str, str, str, str]  # key, type, default, meaning


def sections() -> Iterator[tuple[str, list[Row]]]:
    """Every supported option, by stage; then those of the command itself."""
    settings = resolve({})
    for stage in SECTIONS:
        rows = [
            (option.key, option.type_name, shown(option.value_in(settings)), option.meaning)
            for option in OPTIONS.values()
            if option.stage == stage
        ]
        yield title_of(stage), rows
    yield "The command", [(key, kind, shown(default), text) for key, (kind, default, text) in COMMAND_OPTIONS.items()]


def shown(value: object) -> str:
    return {"": "''", "None": "null"}.get(str(value), str(value))


def terminal_table() -> str:
    """All options as text for a terminal."""
    width = min(shutil.get_terminal_size((110, 40)).columns, 120)
    lines: list[str] = []
    for title, rows in sections():
        lines += ["", title]
        for key, kind, default, meaning in rows:
            lines.append(f"  {key}={default}  ({kind})")
            lines += textwrap.wrap(meaning, width, initial_indent=" " * 6, subsequent_indent=" " * 6)
    lines += ["", "Known, but not supported yet (the value shown asks for nothing; most others are errors)"]
    known = "  ".join(f"{key}={shown(option.neutral[0])}" for key, option in UNSUPPORTED.items())
    lines += textwrap.wrap(known, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(lines)


def markdown_table() -> str:
    """All supported options as a Markdown table."""
    lines = ["| option | type | default | meaning |", "| --- | --- | --- | --- |"]
    for _, rows in sections():
        for key, kind, default, meaning in rows:
            cells = (f"`{key}`", kind.replace("|", "\\|"), f"`{default}`", meaning.replace("|", "\\|"))
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
