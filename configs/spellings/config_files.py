"""Dictionaries from files that a user names: JSON or YAML, hostile until checked.

What the dictionaries hold is checked in `config_dictionaries`.
"""

import json
from pathlib import Path
from typing import Any

from configs.errors import InputError

MAX_BYTES = 1 << 20


def read_config_file(path: Path, what: str) -> dict[str, Any]:
    """The dictionary that a file holds: JSON where the name ends in `.json` or the text starts with `{`, else YAML.

    Raises InputError, naming `what` and the file, for a file that cannot be read, is larger than 1 MB or no UTF-8
    text, for other syntax, for a name that stands twice and for references. What the values are is not checked here.
    """
    where = f"{what} {path}"
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{where}: cannot be read ({error.strerror}); check the path") from None
    except UnicodeDecodeError:
        raise InputError(f"{where}: is no UTF-8 text; save it as JSON or YAML in UTF-8") from None
    if len(data) > MAX_BYTES:
        raise InputError(f"{where}: is larger than 1 MB; that is no configuration")
    as_json = path.suffix.lower() == ".json" or text.lstrip().startswith("{")
    try:
        value = _from_json(text, where) if as_json else _from_yaml(text, where)
    except RecursionError:
        raise InputError(f"{where}: is nested too deeply; that is no configuration") from None
    if not isinstance(value, dict):
        raise InputError(f"{where}: holds no dictionary; start with a name, for instance n_samples")
    return value


def _from_json(text: str, where: str) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise InputError(f"{where}: {name[:40]!a} stands twice in one dictionary; remove one")
            found[name] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=unique)
    except ValueError as error:  # also an integer of thousands of digits
        place = f", line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "a number is too long"
        raise InputError(f"{where}{place}: is no JSON ({reason})") from None


def _from_yaml(text: str, where: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Safe, and without references, which could make a small file huge or endless."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.events.AliasEvent):
                raise yaml.MarkedYAMLError(
                    problem="references (*name) are not allowed", problem_mark=self.peek_event().start_mark
                )
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            for place, name in enumerate(names):
                if name in names[:place]:
                    raise yaml.MarkedYAMLError(problem=f"{name[:40]!a} stands twice", problem_mark=node.start_mark)
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError(f"{where}{place}: is no YAML ({' '.join(str(error.problem).split())})") from None
    except (yaml.YAMLError, ValueError) as error:  # a ValueError: a date that is none
        raise InputError(f"{where}: is no YAML ({' '.join(str(error).split())[:200]})") from None
