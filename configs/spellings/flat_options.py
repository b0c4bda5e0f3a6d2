"""The flat, dotted options (`stopping_condition.n_samples=0.3`) and their translation into typed configs and back.

Type, default, bounds and meaning of an option are those of the typed field that carries its mark (`configs.option`).
"""

import difflib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from configs.errors import InputError
from configs.option import FOR_JOBS_ALONE, asks_for_something
from configs.run_settings import Named, merge, resolve
from configs.spellings.dotted_tokens import parse_value, split_token, unquote
from configs.spellings.options import OPTIONS, FlatOption, nested
from configs.spellings.unsupported_options import UNSUPPORTED
from configs.stages.selection import METHOD_FIELDS, SelectionConfig
from configs.validated import requirement, shown

log = logging.getLogger("winnow")

REDACTED = "****"
REDIRECTED = "datasource.use_redirected_read_url"
UPLOADED, NEW_NAME = "lightly.dataset_id", "lightly.new_dataset_name"
PLATFORM_INPUT = "datasource.dataset_id"

# Options of the command itself: the command line acts on them, no stage does.
COMMAND_OPTIONS = {
    "dataset": (
        "str",
        "",
        "Name of the dataset (= partition) in Dagster. Empty: made from the input folder's name and path.",
    ),
    "token": (
        "str",
        "",
        "Of a user of this server's platform, or LIGHTLY_TOKEN: needed with worker.worker_id, where samples are "
        "uploaded, and for datasets of the platform; else nothing is checked against it. It is never written anywhere.",
    ),
    UPLOADED: ("str", "", "Id of the dataset of the platform that upload_dataset adds to."),
    NEW_NAME: ("str", "", "Name of the dataset that upload_dataset makes. Empty: that of the dataset in Dagster."),
    PLATFORM_INPUT: ("str", "", "Id of a dataset of the platform, in place of input_dir: its datasource is read."),
    "worker.worker_id": (
        "str",
        "",
        "Id of a registered worker: the command joins as that worker and does its jobs, one after the other.",
    ),
    "worker_id": ("str", "", "The older name of worker.worker_id."),
    "worker.force_start": (
        "bool",
        True,
        "Join also where another process was seen as this worker within the last minute; no job is done twice.",
    ),
    REDIRECTED: (
        "bool",
        False,
        "Accepted for old scripts: both values do the same. Nothing is read by signed URLs, which end after 7 days, "
        "but with the credentials themselves; those of a role are renewed for as long as a run takes.",
    ),
    "sanity_check": ("bool", False, "Check the installation, say so, and stop."),
}
_WORKER_ID = re.compile("[0-9a-f]{24}")
_WORDS = {"yes": True, "on": True, "no": False, "off": False}


@dataclass(frozen=True)
class FlatRun:
    """What a list of tokens asks for. overrides: the tokens themselves, the secret one redacted.

    worker: id of the one to join as, also where another was seen as it just now, if force_start says so.
    token: of a user of the platform. uploaded, new_name: the platform's dataset for what is uploaded, by id or by name.
    platform_input: id of the platform's dataset whose datasource is read.
    """

    named: Named
    dataset: str
    sanity_check: bool
    overrides: list[str]
    worker: str = ""
    force_start: bool = True
    token: str = field(default="", repr=False)
    uploaded: str = ""
    new_name: str = ""
    platform_input: str = ""


def parse_flat_options(tokens: Iterable[str]) -> FlatRun:
    """Translate `key=value` tokens; of a key that is given twice, the last counts.

    What is known and asks for nothing here is logged in one line. Raises InputError naming the key, its value and the
    mend. What values mean together is checked by `configs.run_settings.resolve_run`.
    """
    texts: dict[str, str] = {}
    for token in tokens:
        key, text = split_token(token)
        texts[key] = text
    named: Named = {}
    command = {key: default for key, (_, default, _) in COMMAND_OPTIONS.items()}
    for key, text in texts.items():
        if key in COMMAND_OPTIONS:
            command[key] = _command_value(key, text)
        elif key in OPTIONS:
            option = OPTIONS[key]
            if option.mark.platform and asks_for_something(_value(option, text)):
                raise InputError(f"{key}={_short(text)} {FOR_JOBS_ALONE}")
            named[option.stage] = merge(named.get(option.stage, {}), _typed(option, text))
        elif key not in UNSUPPORTED:
            raise InputError(_unknown(key))
    notes = [_pass_or_refuse(key, text) for key, text in texts.items() if key in UNSUPPORTED]
    for note in filter(None, notes):
        log.info("%s", note)
    if command[REDIRECTED]:
        log.info("%s=True: %s", REDIRECTED, COMMAND_OPTIONS[REDIRECTED][2].partition(": ")[2])
    overrides = [f"{key}={REDACTED if _is_secret(key) else text}" for key, text in texts.items()]
    worker, force_start = _worker(command), bool(command["worker.force_start"])
    if not worker and not force_start:
        log.info("worker.force_start=False: no worker.worker_id is given; ignored")
    return FlatRun(
        named,
        str(command["dataset"]),
        bool(command["sanity_check"]),
        overrides,
        worker,
        force_start,
        *(str(command[key]) for key in ("token", UPLOADED, NEW_NAME, PLATFORM_INPUT)),
    )


def _worker(command: Mapping[str, object]) -> str:
    """The id of the worker to join as; empty where none is named."""
    ids = {key: str(command[key]) for key in ("worker.worker_id", "worker_id") if command[key]}
    for key, id in ids.items():
        if not _WORKER_ID.fullmatch(id):
            raise InputError(f"{key}={_short(id)}: expected the 24 digits that register_compute_worker returns")
    if len(set(ids.values())) > 1:
        raise InputError("worker.worker_id and worker_id differ; give one of them")
    return next(iter(ids.values()), "")


def flat_values(settings: Mapping[str, BaseModel]) -> dict[str, Any]:
    """Every supported option's value under `settings`, in the old spelling and order.

    Where strategies select, they stand in place of the options that they replace, as `selection_config.…`.
    """
    selection = settings["selected_samples"]
    replaced: tuple[str, ...] = ()
    strategies: dict[str, Any] = {}
    if isinstance(selection, SelectionConfig) and selection.strategies:
        replaced, chosen = METHOD_FIELDS, selection.selection_config()
        entries = chosen.pop("strategies")
        strategies = {f"selection_config.{name}": value for name, value in chosen.items()}
        for place, entry in enumerate(entries):
            strategies |= {f"selection_config.strategies[{place}].{part}": value for part, value in entry.items()}
    values = {
        key: option.value_in(settings)
        for key, option in OPTIONS.items()
        if not (option.stage == "selected_samples" and option.path.partition(".")[0] in replaced)
    }
    return values | strategies


def nested_values(settings: Mapping[str, BaseModel]) -> dict[str, Any]:
    """`flat_values` with dotted keys nested, as in the old product's config.yaml."""
    values: dict[str, Any] = {}
    for key, value in flat_values(settings).items():
        if key in OPTIONS:
            values = merge(values, nested(key, value))
    selection = settings["selected_samples"]
    if isinstance(selection, SelectionConfig) and selection.strategies:
        values["selection_config"] = selection.selection_config()
    return values


def overrides_of(named: Named) -> list[str]:
    """The tokens that would name these fields on a command line. Strategies have none, nor has what refers to the
    platform."""
    before, after = flat_values(resolve({})), flat_values(resolve(named))
    named_there = {key for key, option in OPTIONS.items() if not option.mark.platform}
    return [f"{key}={value}" for key, value in after.items() if key in named_there and value != before[key]]


def _typed(option: FlatOption, text: str) -> dict[str, Any]:
    try:
        return option.typed(_value(option, text))
    except ValidationError as error:
        spelling = option.mark.spelling
        wanted = spelling.allowed if spelling else requirement(error)
        raise InputError(f"{option.key}={_short(text)}: {wanted}") from None


def _value(option: FlatOption, text: str) -> Any:
    """What `text` stands for: a word where the field holds words, else a value of the grammar."""
    if option.mark.spelling is None and _holds_words(option.field.annotation):
        word = "" if text.lower() in ("null", "none") else unquote(text)
        return None if not word and option.is_optional else word
    return _plain_value(text, is_flag=option.field.annotation is bool)


def _plain_value(text: str, *, is_flag: bool) -> Any:
    value = parse_value(unquote(text))
    return _WORDS.get(value.lower(), value) if is_flag and isinstance(value, str) else value


def _holds_words(annotation: Any) -> bool:
    """Whether a field holds text: a str, optional or not, or a Literal."""
    if get_origin(annotation) is Literal or annotation is str:
        return True
    return any(_holds_words(part) for part in get_args(annotation) if isinstance(part, type) or get_origin(part))


def _command_value(key: str, text: str) -> str | bool:
    if COMMAND_OPTIONS[key][0] == "str":
        return "" if text.lower() in ("null", "none") else unquote(text)
    value = _plain_value(text, is_flag=True)
    if not isinstance(value, bool):
        raise InputError(f"{key}={_short(text)}: expected true or false")
    return value


def _pass_or_refuse(key: str, text: str) -> str | None:
    """The line to log about a known option with a value that asks for nothing here; InputError for other values."""
    option, value = UNSUPPORTED[key], parse_value(unquote(text))
    if option.is_neutral(value):
        return None
    told = f"{key}={REDACTED if _is_secret(key) else _short(text)}"
    if option.harmless(value):
        return f"{told}: {option.reason}; ignored"
    neutral = option.neutral[0] if option.neutral[0] not in ("", None) else "''"
    raise InputError(f"{told}: {option.capability} is not supported yet; leave {key} out or set {key}={neutral}")


def _is_secret(key: str) -> bool:
    return key.rpartition(".")[2] == "token"


def _short(text: str) -> str:
    """`text` as it came, but on one line and not too long."""
    return text if text.isprintable() and len(text) <= 80 else shown(text).strip("'")


def _unknown(key: str) -> str:
    known = [*COMMAND_OPTIONS, *OPTIONS, *UNSUPPORTED]
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
    if not close:  # the last part may be right, or nearly, and the group missing
        last_parts = {name.rpartition(".")[2]: name for name in known}
        close = [last_parts[part] for part in difflib.get_close_matches(key.rpartition(".")[2], last_parts, n=1)]
    hint = f"did you mean {close[0]}?" if close else "winnow run --help lists all options"
    return f"option {_short(key)} does not exist; {hint}"
