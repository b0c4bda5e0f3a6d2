"""What the arguments of `winnow datasets` say about a dataset: its settings, and the credentials of its bucket."""

import argparse
import os
import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import Any, NamedTuple

from configs.automation import Automation
from configs.credentials.kinds import KINDS, Credentials, credentials_of, credentials_of_environment
from configs.errors import InputError
from configs.run_settings import Named, merge, resolve_run
from configs.spellings.config_dictionaries import settings_from_dictionaries, with_tokens
from configs.spellings.config_files import read_config_file
from configs.spellings.flat_options import parse_flat_options
from configs.thumbnail_suffix import DEFAULT as THUMBNAIL_SUFFIX
from configs.thumbnail_suffix import checked_thumbnail_suffix
from configs.validated import validated
from resources.catalog.datasets import Dataset, Purpose
from resources.cron import check_cron
from resources.dataset_settings import merged_settings, results_below
from resources.stores.location import bucket_location
from selection_assets.command.preflight import with_absolute_folders

DICTIONARIES = ("worker_config", "selection_config", "lightly_config")
HIDDEN = ("secret_access_key", "external_id", "sas_token")


class Requested(NamedTuple):
    """place: the bucket that the credentials are for."""

    credentials: Credentials | None
    place: str


def requested_settings(options: argparse.Namespace, before: Named) -> Named:
    """What the dataset's runs are told. Raises InputError for what no run can be told."""
    named = _named_in_file(options.settings) if options.settings else {}
    flat = parse_flat_options(options.tokens)
    if flat.dataset or flat.sanity_check:
        raise InputError(f"dataset= and sanity_check= are no settings of a dataset; its name is {options.name}")
    named = with_tokens(named, flat.named)
    source = {"input_dir": options.input, "shared_dir": options.lightly}
    if given := {name: value for name, value in source.items() if value}:
        named["datasource"] = merge(named.get("datasource", {}), given)
    if options.lightly and not merge(before, named).get("run_folder", {}).get("output_dir"):
        named["run_folder"] = {**named.get("run_folder", {}), "output_dir": results_below(options.lightly)}
    settings = merged_settings(before, with_absolute_folders(named))
    if not settings.get("run_folder", {}).get("output_dir"):
        raise InputError("there is no place for results; add --lightly URL, or output_dir=URL")
    resolve_run(settings)
    return settings


def _named_in_file(file: str) -> Named:
    """The three dictionaries, or options of `winnow run`, nested or dotted."""
    found = read_config_file(Path(file), "--settings")
    if found.keys() & set(DICTIONARIES):
        if others := found.keys() - set(DICTIONARIES):
            raise InputError(f"--settings {file}: {sorted(others)[0]} stands beside {DICTIONARIES[0]}; put it inside")
        return settings_from_dictionaries(**found)
    return parse_flat_options(_tokens(found)).named


def _tokens(found: Mapping[str, Any], prefix: str = "") -> list[str]:
    tokens: list[str] = []
    for key, value in found.items():
        tokens += _tokens(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [f"{prefix}{key}={_word(value)}"]
    return tokens


def _word(value: Any) -> str:
    return "null" if value is None else str(value)


def requested_credentials(options: argparse.Namespace, settings: Named) -> dict[Purpose, Requested]:
    """By purpose: the credentials that are given, None to remove them, and the bucket that they are for."""
    return {
        purpose: _requested(purpose, given, place_of(settings, purpose))
        for purpose, given in _given(options).items()
        if given
    }


def _given(options: argparse.Namespace) -> dict[Purpose, str]:
    return {"INPUT": options.input_credentials, "LIGHTLY": options.lightly_credentials}


def _requested(purpose: Purpose, given: str, place: str) -> Requested:
    return Requested(_credentials(f"--{purpose.lower()}-credentials", given, place), place)


def _credentials(option: str, given: str, place: str) -> Credentials | None:
    if given == "none":
        return None
    if not place:
        raise InputError(f"{option}: the place is a local folder, which needs none; leave them out")
    scheme = place.partition("://")[0]
    if given == "env":
        return credentials_of_environment(scheme, os.environ, f"{option} env")
    if given == "-":
        return _asked(scheme, option)
    return credentials_of(scheme, read_config_file(Path(given), option), f"{option} {given}")


def requested_automation(options: argparse.Namespace, before: Automation) -> Automation:
    """When runs of the dataset begin by themselves. Raises InputError for times that are none."""
    given = {name: value for name in Automation.model_fields if (value := getattr(options, name)) is not None}
    automation = validated(Automation, {**before.model_dump(), **given}, "automation")
    check_cron(automation.cron, automation.timezone)
    return automation


def requested_thumbnail_suffix(options: argparse.Namespace, settings: Named, before: Dataset | None) -> str | None:
    """As the catalog keeps it. Who names a LIGHTLY place gets thumbnails there, unless something else has been said."""
    if options.thumbnail_suffix is not None:
        return checked_thumbnail_suffix(options.thumbnail_suffix)
    if before and (before.thumbnail_suffix is not None or _lightly_place(before.settings) == _lightly_place(settings)):
        return before.thumbnail_suffix
    return THUMBNAIL_SUFFIX if _lightly_place(settings) else None


def _lightly_place(settings: Named) -> str:
    return str(settings.get("datasource", {}).get("shared_dir") or "")


def place_of(settings: Named, purpose: Purpose) -> str:
    """The bucket of a purpose; empty for a local folder. That of LIGHTLY: of results, where only these have one."""
    source = settings.get("datasource", {})
    if purpose == "INPUT":
        named = [source.get("input_dir", "")]
    else:
        named = [source.get("shared_dir", ""), settings.get("run_folder", {}).get("output_dir", "")]
    found = (bucket_location("", place) for place in named)
    return next((location.place for location in found if location), "")


def _asked(scheme: str, option: str) -> Credentials:
    if not sys.stdin.isatty():
        raise InputError(f"{option} -: nobody is there to ask; give a file, or env")
    asked = KINDS[scheme].model.asked
    answers = {name: (getpass if name in HIDDEN else input)(f"{name}: ") for name in asked}
    given = {name: answer for name, answer in answers.items() if answer}
    return credentials_of(scheme, given, f"{option} -")
