"""The three dictionaries of the old product's second generation, translated into the settings of a run.

`worker_config` and `lightly_config` are flat options in nested form, with strict types; `selection_config` is part of
the typed selection config as it is. Reading them from files belongs to `config_files`.
"""

import logging
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from pydantic import ValidationError

from configs.errors import InputError
from configs.option import FOR_JOBS_ALONE, asks_for_something
from configs.run_settings import Named, merge, plain
from configs.spellings.flat_options import REDACTED
from configs.spellings.options import OPTIONS, FlatOption
from configs.spellings.unsupported_options import (
    UNSUPPORTED,
    UNSUPPORTED_SELECTION,
    UNSUPPORTED_WORKER,
    UnsupportedOption,
)
from configs.stages.selection import METHOD_FIELDS, STRATEGY_FIELDS, SelectionConfig
from configs.validated import first_fault, shown, suggestion, validated

Option = FlatOption | UnsupportedOption

log = logging.getLogger("winnow")

MAX_DEPTH = 12
PREFIX = "lightly."

# The options that are keys of the dictionaries, supported or not.
WORKER: dict[str, Option] = {key: option for key, option in OPTIONS.items() if option.mark.worker} | UNSUPPORTED_WORKER
FLAT: dict[str, Option] = {**UNSUPPORTED, **OPTIONS}
LIGHTLY = {key.removeprefix(PREFIX): option for key, option in FLAT.items() if key.startswith(PREFIX)}


def settings_from_dictionaries(
    worker_config: Mapping[str, Any] | None = None,
    selection_config: Mapping[str, Any] | None = None,
    lightly_config: Mapping[str, Any] | None = None,
) -> Named:
    """What the dictionaries name, by stage; `launch` takes it once input and output folders are added.

    A value None counts as not given, unless None means something else than the default. Raises InputError with the
    path of the first fault, for instance `selection_config.strategies[1].strategy.threshold`: unknown keys, wrong
    types, values out of range, keys that exclude each other, capabilities that are not supported yet, and references
    to runs, datasets and tags of the platform, which only its jobs may make.
    """
    named = settings_of_job(worker_config, selection_config, lightly_config)
    _refuse_references(worker_config or {}, named.get("selected_samples", {}))
    return named


def settings_of_job(
    worker_config: Mapping[str, Any] | None = None,
    selection_config: Mapping[str, Any] | None = None,
    lightly_config: Mapping[str, Any] | None = None,
) -> Named:
    """As `settings_from_dictionaries`, of a job of the platform. Whoever calls checks what it refers to."""
    for name, given in (
        ("worker_config", worker_config),
        ("selection_config", selection_config),
        ("lightly_config", lightly_config),
    ):
        if given is not None and not isinstance(given, Mapping):
            raise InputError(f"{name}: expected a dictionary; the value given is {shown(given)}")
        _check_plain(given, name, 0)
    named = _named(dict(_leaves(worker_config or {})), WORKER, "worker_config")
    for stage, fields in _named(dict(_leaves(lightly_config or {})), LIGHTLY, "lightly_config").items():
        named[stage] = merge(named.get(stage, {}), fields)
    if selection_config is not None:
        _refuse_method(named.get("selected_samples", {}))
        named["selected_samples"] = _selection(selection_config)
    return named


def _refuse_references(worker_config: Mapping[str, Any], selection: Mapping[str, Any]) -> None:
    """Raises InputError for what only a job of the platform may name."""
    for key, value in _leaves(worker_config):
        option = OPTIONS.get(key)
        if option is not None and option.mark.platform and asks_for_something(value):
            raise InputError(f"worker_config.{key} {FOR_JOBS_ALONE}")
    for place, entry in enumerate(selection.get("strategies", [])):
        if "dataset_id" in entry["input"]:
            tag = entry["input"].get("tag_name", "NAME")
            raise InputError(
                f"selection_config.strategies[{place}].input.dataset_id {FOR_JOBS_ALONE}, and mark the samples in a "
                f"column tag.{tag} of the embeddings file"
            )


def _refuse_method(fields: Mapping[str, Any]) -> None:
    """Raises InputError where `worker_config` selects too: by `method`, or by more than defaults."""
    default = SelectionConfig()
    for name in METHOD_FIELDS:
        if name in fields and (name == "method" or merge(plain(default), fields)[name] != plain(default)[name]):
            raise InputError(f"worker_config.{name} and selection_config exclude each other; leave one of them out")


def with_tokens(from_dictionaries: Named, from_tokens: Named) -> Named:
    """Both together; a token on the command line overrides a dictionary. Raises InputError where one selects by
    strategies and the other by method or stopping condition."""
    tokens = from_tokens.get("selected_samples", {})
    if "strategies" in from_dictionaries.get("selected_samples", {}):
        for name in METHOD_FIELDS:
            if name in tokens:
                raise InputError(f"{name} and selection_config exclude each other; leave one of them out")
    stages = [*from_dictionaries, *(stage for stage in from_tokens if stage not in from_dictionaries)]
    return {stage: merge(from_dictionaries.get(stage, {}), from_tokens.get(stage, {})) for stage in stages}


def _selection(given: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in given.items():
        if key in UNSUPPORTED_SELECTION:
            _pass_or_refuse(f"selection_config.{key}", value, UNSUPPORTED_SELECTION[key])
        elif key not in STRATEGY_FIELDS:
            raise InputError(f"selection_config.{shown(key)[1:-1]} does not exist; {suggestion(key, STRATEGY_FIELDS)}")
    fields = {key: value for key, value in given.items() if key in STRATEGY_FIELDS}
    made = validated(SelectionConfig, fields, "selection_config")
    if not made.strategies:
        raise InputError(
            "selection_config.strategies is missing; give at least one, for instance "
            '{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}'
        )
    return made.selection_config()


def _named(leaves: Mapping[str, Any], known: Mapping[str, Option], what: str) -> Named:
    named: Named = {}
    for key, value in leaves.items():
        if any(name.startswith(f"{key}.") for name in known):  # a group, and not as a dictionary
            if value is None:
                continue
            raise InputError(f"{what}.{key}: expected a dictionary; the value given is {shown(value)}")
        if key not in known:
            flat = key if key in FLAT else ""
            hint = f"it is an option of the command: {flat}=…" if flat else suggestion(key, known)
            raise InputError(f"{what}.{shown(key)[1:-1]} does not exist; {hint}")
        option = known[key]
        if isinstance(option, UnsupportedOption):
            _pass_or_refuse(f"{what}.{key}", value, option)
        elif value is not None or _means_something_unset(option):
            fields = _typed(option, value, f"{what}.{key}")
            named[option.stage] = merge(named.get(option.stage, {}), fields)
    return named


def _typed(option: FlatOption, value: Any, where: str) -> dict[str, Any]:
    try:
        return option.typed(value)
    except ValidationError as error:
        if option.mark.spelling:
            raise InputError(f"{where}: {option.mark.spelling.allowed}; the value given is {shown(value)}") from None
        raise InputError(first_fault(error, where)) from None


def _means_something_unset(option: FlatOption) -> bool:
    """Whether null is a value of its own, other than the default: kernel_size null means blur by sigmas."""
    return option.is_optional and option.field.default is not None


def _pass_or_refuse(where: str, value: Any, option: UnsupportedOption) -> None:
    if value is None or option.is_neutral(value):
        return
    if option.harmless(value):
        log.info("%s=%s: %s; ignored", where, REDACTED if where.endswith(".token") else shown(value), option.reason)
        return
    neutral = option.neutral[0]
    instead = "leave it out" if neutral is None else f"leave it out or give {neutral!r}"
    raise InputError(f"{where}: {option.capability} is not supported yet; {instead}")


def _leaves(given: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _check_plain(value: Any, path: str, depth: int) -> None:
    """Raises InputError for what no configuration holds."""
    if depth > MAX_DEPTH:
        raise InputError(f"{path[:60]}… is nested too deeply; that is no configuration")
    if isinstance(value, Mapping):
        for name, below in value.items():
            if not isinstance(name, str):
                raise InputError(f"{path}: the name {shown(name)} is no text; put it in quotes")
            _check_plain(below, f"{path}.{name}", depth + 1)
    elif isinstance(value, list):
        for place, below in enumerate(value):
            _check_plain(below, f"{path}[{place}]", depth + 1)
    elif isinstance(value, float) and not isfinite(value):
        raise InputError(f"{path}: {value} is no finite number; give one")
    elif value is not None and not isinstance(value, str | int | float):
        raise InputError(f"{path}: expected text, a number, true or false; the value given is {shown(value)}")
