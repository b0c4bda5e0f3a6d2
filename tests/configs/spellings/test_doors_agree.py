"""One rule per option: the command line, the dictionaries and the typed config take and refuse the same values."""

from collections.abc import Callable
from functools import partial
from math import inf, nan
from typing import Any

import pytest

from configs.errors import InputError
from configs.run_settings import Named, plain, resolve
from configs.spellings.config_dictionaries import settings_from_dictionaries, settings_of_job
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


@pytest.mark.parametrize("key", [key for key, option in OPTIONS.items() if not option.mark.platform])
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


OF_PLATFORM = {"checkpoint_run_id": "a1" * 12, "datapool.dataset_id": "b2" * 12, "use_datapool": True}


def test_which_options_belong_to_jobs_of_the_platform() -> None:
    assert OF_PLATFORM.keys() == {key for key, option in OPTIONS.items() if option.mark.platform}
    assert all(option.mark.worker for option in OPTIONS.values() if option.mark.platform)


@pytest.mark.parametrize(("key", "value"), OF_PLATFORM.items())
def test_only_jobs_of_the_platform_may_refer_to_what_others_own(key: str, value: Any) -> None:
    words = "belongs to jobs of the platform; schedule one through its API"
    with pytest.raises(InputError, match=f"^{key}={value} {words}"):
        parse_flat_options([f"{key}={value}"])
    with pytest.raises(InputError, match=rf"^worker_config\.{key} {words}"):
        settings_from_dictionaries(worker_config=nested(key, value))
    taken = resolve(settings_of_job(worker_config=nested(key, value)))
    assert OPTIONS[key].value_in(taken) == value
    for nothing in ("", "null") if key != "use_datapool" else ("False", "false"):
        assert resolve(parse_flat_options([f"{key}={nothing}"]).named) == resolve({})
    for nothing in ("", None) if key != "use_datapool" else (False, None):
        assert resolve(settings_from_dictionaries(worker_config=nested(key, nothing))) == resolve({})
    for wrong in [*NUMBERS[2:], *LISTS[1:], *WORDS] if key == "use_datapool" else [*NUMBERS[1:], *WORDS, "A1" * 12]:
        if wrong or key == "use_datapool":
            named = partial(settings_of_job, worker_config=nested(key, wrong))
            assert outcome(key.rpartition(".")[2], named) == "refused", wrong


def test_what_jobs_of_the_platform_name_together() -> None:
    pool = settings_of_job({"use_datapool": True, "datapool": {"dataset_id": "b2" * 12}})["datapool"]
    assert pool == {"name": "datapool", "dataset_id": "b2" * 12}
    with pytest.raises(InputError, match="checkpoint: checkpoint and checkpoint_run_id exclude each other; leave one"):
        resolve(settings_of_job({"checkpoint": "a.ckpt", "checkpoint_run_id": "a1" * 12}))
    tag = {"type": "EMBEDDINGS", "tag_name": "night", "dataset_id": "b2" * 12}
    selection = {"n_samples": 3, "strategies": [{"input": tag, "strategy": {"type": "SIMILARITY"}}]}
    assert settings_of_job(selection_config=selection)["selected_samples"]["strategies"][0]["input"] == tag
    with pytest.raises(
        InputError, match=r"strategies\[0\].input.dataset_id belongs to jobs .* column tag.night of the"
    ):
        settings_from_dictionaries(selection_config=selection)
