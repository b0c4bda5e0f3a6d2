"""What the arguments of `winnow datasets` say about a dataset: its settings, and the credentials of its bucket."""

import argparse
import os
import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import Any

from configs.automation import Automation
from configs.credentials.kinds import KINDS, Credentials, credentials_of, credentials_of_environment
from configs.errors import InputError
from configs.run_settings import Named, merge, resolve_run
from configs.spellings.config_dictionaries import settings_from_dictionaries, with_tokens
from configs.spellings.config_files import read_config_file
from configs.spellings.flat_options import parse_flat_options
from configs.validated import validated
from resources.cron import check_cron
from resources.dataset_settings import merged_settings
from resources.stores.location import bucket_location
from selection_assets.command.preflight import with_absolute_folders

DICTIONARIES = ("worker_config", "selection_config", "lightly_config")
RESULTS = "runs"  # below the LIGHTLY folder, where no other place is named for them
HIDDEN = ("secret_access_key", "external_id", "sas_token")


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
        named["run_folder"] = {**named.get("run_folder", {}), "output_dir": f"{options.lightly}/{RESULTS}"}
    settings = merged_settings(before, with_absolute_folders(named))
    if not settings.get("run_folder", {}).get("output_dir"):
        raise InputError("there is no place for results; add --lightly FOLDER, or output_dir=FOLDER")
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


def requested_credentials(options: argparse.Namespace, settings: Named) -> tuple[Credentials | None, str]:
    """The credentials that are given, and the bucket that they are for."""
    given, place = options.input_credentials, place_of(settings)
    if not given or given == "none":
        return None, place
    if not place:
        raise InputError("--input-credentials: the input is a local folder, which needs none; leave them out")
    scheme = place.partition("://")[0]
    if given == "env":
        return credentials_of_environment(scheme, os.environ, "--input-credentials env"), place
    if given == "-":
        return _asked(scheme), place
    values = read_config_file(Path(given), "--input-credentials")
    return credentials_of(scheme, values, f"--input-credentials {given}"), place


def requested_automation(options: argparse.Namespace, before: Automation) -> Automation:
    """When runs of the dataset begin by themselves. Raises InputError for times that are none."""
    given = {name: value for name in Automation.model_fields if (value := getattr(options, name)) is not None}
    automation = validated(Automation, {**before.model_dump(), **given}, "automation")
    check_cron(automation.cron, automation.timezone)
    return automation


def place_of(settings: Named) -> str:
    """The bucket of the input; empty for a local folder."""
    location = bucket_location("--input", settings.get("datasource", {}).get("input_dir", ""))
    return location.place if location else ""


def _asked(scheme: str) -> Credentials:
    if not sys.stdin.isatty():
        raise InputError("--input-credentials -: nobody is there to ask; give a file, or env")
    asked = KINDS[scheme].model.asked
    answers = {name: (getpass if name in HIDDEN else input)(f"{name}: ") for name in asked}
    given = {name: answer for name, answer in answers.items() if answer}
    return credentials_of(scheme, given, "--input-credentials -")
