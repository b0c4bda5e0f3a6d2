"""One rule per option: the command line, the dictionaries and the typed config take and refuse the same values."""

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from configs.errors import InputError
from configs.run_settings import Named, plain, resolve
from configs.spellings.config_dictionaries import settings_from_dictionaries
from configs.spellings.flat_options import parse_flat_options
from configs.spellings.options import OPTIONS, FlatOption, nested

NUMBERS = [
    True, False, 0, 1, -1, 2, -2, 3, 33, 64, 0.0, 0.5, 1.0, 1.5, -1.0, -0.5, 2.5, 1e-9, 1e6, 1e12, 1e13, 1e18, 1e19,
    1e308, -1e308, 5e-324, inf, -inf, nan, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**400,
]  # fmt: skip
LISTS = [[], [1], [-1], [0], [1, 2], [2, 1], [0.5, 2], [True, 2], [1, None], [1, 2, 3], [inf, 1], ["1", "2"]]
WORDS = [
    "x", "a/b c.csv", "a\nb", "a\rb", "a\0b", "a\u2028b", "x" * 9, "32", "bf16", "png", "coral", "top", "SKIP", "exe",
    "full", "thumbnails", "meta", "metadata",
]  # fmt: skip
Outcome = dict[str, Any] | str


def outcome(key: str, named: Callable[[], Named]) -> Outcome:
    """The stage's settings, or that the value was refused."""
    try:
        settings = resolve(named())
    except InputError as error:
        message = str(error)
        assert len(message.splitlines()) == 1 and len(message) < 400, message
        assert key.rpartition(".")[2] in message
        return "refused"
    return {stage: plain(config) for stage, config in settings.items()}


def by_token(option: FlatOption, value: Any) -> Outcome:
    text = value if isinstance(value, str) else str(value).replace(" ", "").replace("None", "null")
    return outcome(option.key, lambda: parse_flat_options([f"{option.key}={text}"]).named)


def by_dictionary(option: FlatOption, value: Any) -> Outcome:
    dictionary = nested(option.key, value)
    if option.mark.worker:
        return outcome(option.key, lambda: settings_from_dictionaries(worker_config=dictionary))
    return outcome(option.key, lambda: settings_from_dictionaries(lightly_config=dictionary["lightly"]))


def by_typed_config(option: FlatOption, value: Any) -> Outcome:
    group, _, name = option.path.rpartition(".")
    fields = dict(option.mark.spelling.read(value)) if option.mark.spelling else {name: value}
    return outcome(name, lambda: {option.stage: nested(group, fields) if group else fields})


@pytest.mark.parametrize("key", OPTIONS)
def test_every_option(key: str) -> None:
    option = OPTIONS[key]
    holds_words = option.type_name == "str" or (" | " in option.type_name and option.mark.spelling is None)
    differ, taken, refused = [], 0, 0
    for value in [*NUMBERS, *LISTS, *WORDS]:
        expected = by_typed_config(option, value)
        taken, refused = taken + (expected != "refused"), refused + (expected == "refused")
        found = []
        if isinstance(value, str) == holds_words or not isinstance(value, str | list):
            found = [] if holds_words and not isinstance(value, str) else [by_token(option, value)]
        if option.mark.worker or key.startswith("lightly."):
            found.append(by_dictionary(option, value))
        if any(each != expected for each in found):
            differ.append(value)
    assert differ == []
    assert refused
    assert taken or key == "active_learning.task_name"  # it needs method=coral beside it
