"""What `winnow datasets` does: add, edit, list, show, test, remove."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from configs.automation import Automation
from configs.dataset_key import PARTITIONS, dataset_key
from configs.errors import InputError
from configs.spellings.flat_options import overrides_of
from resources.catalog.datasets import (
    IMAGES,
    Dataset,
    Purpose,
    add_dataset,
    all_datasets,
    credentials_for,
    find_dataset,
    store_automation,
    store_credentials,
    store_thumbnail_suffix,
)
from resources.catalog.processed_files import ProcessedFiles
from resources.catalog.watches import begin_anew, watch_states
from resources.dataset_files import mirror_partitions
from resources.dataset_settings import store_settings
from resources.instance import dagster_instance
from selection_assets.command.automation_lines import automation_lines
from selection_assets.command.dataset_access import dataset_access
from selection_assets.command.dataset_request import (
    Requested,
    place_of,
    requested_automation,
    requested_credentials,
    requested_settings,
    requested_thumbnail_suffix,
)
from selection_assets.command.text_table import print_table

PURPOSES: tuple[Purpose, ...] = ("INPUT", "LIGHTLY")


def add(options: argparse.Namespace) -> int:
    name = dataset_key(options.name)
    _require_images(options.type)
    settings = requested_settings(options, {})
    credentials = requested_credentials(options, settings)
    automation = requested_automation(options, Automation())
    suffix = requested_thumbnail_suffix(options, settings, None)
    if (found := find_dataset(name)) and found.settings:
        raise InputError(f"dataset {name} exists already; use winnow datasets edit {name}, or another name")
    with dagster_instance() as instance:
        instance.add_dynamic_partitions(PARTITIONS, [name])
    add_dataset(name, settings, options.type)
    store_automation(name, automation)
    store_thumbnail_suffix(name, suffix)
    _store(name, credentials)
    print(f"Added dataset {name}. To see whether it can be read: winnow datasets test {name}")
    return 0


def edit(options: argparse.Namespace) -> int:
    dataset = _required(options.name)
    settings = requested_settings(options, dataset.settings)
    credentials = requested_credentials(options, settings)
    automation = requested_automation(options, dataset.automation)
    suffix = requested_thumbnail_suffix(options, settings, dataset)
    store_settings(dataset.name, settings)
    store_automation(dataset.name, automation)
    store_thumbnail_suffix(dataset.name, suffix)
    begin_anew(dataset.name)
    _store(dataset.name, credentials)
    print(f"Changed dataset {dataset.name}.")
    for purpose in PURPOSES:
        old = dataset.places.get(purpose)
        if old and purpose not in credentials and old != place_of(settings, purpose):
            option = f"--{purpose.lower()}-credentials"
            print(f"Its credentials are for {old} only: give those of the new place with {option}.")
    return 0


def show_all(_: argparse.Namespace) -> int:
    rows = [("NAME", "TYPE", "INPUT", "CREDENTIALS", "ADDED")]
    for each in all_datasets():
        source = each.settings.get("datasource", {})
        embeddings = each.settings.get("input_samples", {}).get("embeddings")
        place = source.get("input_dir") or (f"{source.get('shared_dir')}/{embeddings}" if embeddings else "-")
        own = "own" if each.places else "-"
        rows.append((each.name, each.type, place, own, f"{each.created:%Y-%m-%d %H:%M}"))
    print_table(rows)
    if len(rows) == 1:
        print("There are none yet: winnow datasets add NAME --input s3://bucket/folder", file=sys.stderr)
    return 0


def show(options: argparse.Namespace) -> int:
    dataset = _required(options.name)
    print(f"{'dataset':<14}{dataset.name}")
    print(f"{'type':<14}{dataset.type}")
    print(f"{'added':<14}{dataset.created:%Y-%m-%d %H:%M:%S} UTC")
    print(f"{'changed':<14}{dataset.changed:%Y-%m-%d %H:%M:%S} UTC")
    for purpose in (each for each in PURPOSES if each in dataset.places):
        place = dataset.places[purpose]
        found = credentials_for(dataset.name, purpose, place)
        print(f"{'credentials':<14}{purpose}, for {place}: {found.about if found else '-'}")
    print(f"{'thumbnails':<14}{dataset.thumbnail_suffix or 'none'}")
    print(f"{'processed':<14}{ProcessedFiles(dataset.name).count():,} files")
    for line in automation_lines(dataset.automation, watch_states().get(dataset.name)):
        print(line)
    for number, token in enumerate(overrides_of(dataset.settings)):
        print(f"{'' if number else 'settings':<14}{token}")
    if strategies := dataset.settings.get("selected_samples", {}).get("strategies"):
        print(f"{'strategies':<14}{len(strategies)}: {', '.join(map(_strategy, strategies))}")
    return 0


def test(options: argparse.Namespace) -> int:
    found = dataset_access(_required(options.name))
    for (purpose, what), fault in found.items():
        print(f"{purpose:<8} {what:<6} {fault or 'ok'}")
    return 2 if any(found.values()) else 0


def remove(options: argparse.Namespace) -> int:
    dataset = _required(options.name)
    if not options.yes:
        if not sys.stdin.isatty():
            raise InputError(f"winnow datasets remove {dataset.name}: nobody is there to ask; add --yes")
        answer = input(f"Remove dataset {dataset.name}, its tables, thumbnails and credentials? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            print("Nothing was removed.")
            return 0
    with dagster_instance() as instance:
        instance.delete_dynamic_partition(PARTITIONS, dataset.name)
        mirror_partitions(lambda: instance.get_dynamic_partitions(PARTITIONS))
    print(f"Removed dataset {dataset.name}. Its pictures and run folders are untouched.")
    return 0


def _store(name: str, credentials: Mapping[Purpose, Requested]) -> None:
    for purpose, given in credentials.items():
        store_credentials(name, purpose, given.place, given.credentials)


def _required(name: str) -> Dataset:
    found = find_dataset(dataset_key(name))
    if found is None:
        raise InputError(f"there is no dataset {name}; winnow datasets list shows all")
    return found


def _require_images(kind: str) -> None:
    if kind == "videos":
        raise InputError("--type videos is not supported yet; use images")
    if kind != IMAGES:
        raise InputError(f"--type {kind}: there is no such type; use images")


def _strategy(entry: Mapping[str, Any]) -> str:
    return " × ".join(str(entry.get(part, {}).get("type", "?")) for part in ("input", "strategy"))


ACTIONS = {"add": add, "edit": edit, "list": show_all, "show": show, "test": test, "remove": remove}
