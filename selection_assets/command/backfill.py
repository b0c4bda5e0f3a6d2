"""`winnow backfill`: runs of many datasets at once, each with its own settings, as a backfill of Dagster."""

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    about = "begin a run of each dataset, in the queue of Dagster's daemon; what is in its input is processed anew"
    parser = commands.add_parser("backfill", help="begin runs of many datasets", description=about, allow_abbrev=False)
    parser.add_argument("--all", action="store_true", help="of all datasets that have settings")
    parser.add_argument(
        "tokens", nargs="*", metavar="NAME|key=value", help="datasets; options of winnow run for all of these runs"
    )
    parser.set_defaults(command=_backfill)


def _backfill(options: argparse.Namespace) -> int:
    from configs.errors import InputError
    from configs.run_settings import merge, resolve
    from configs.spellings.flat_options import parse_flat_options

    names = [each for each in options.tokens if "=" not in each]
    flat = parse_flat_options([each for each in options.tokens if "=" in each])
    if flat.dataset or flat.sanity_check:
        raise InputError("dataset= and sanity_check= are no options of a backfill; name datasets alone")
    if "run_directory" in flat.named.get("run_folder", {}):
        raise InputError("run_directory= names the folder of one run; leave it out")
    if options.all == bool(names):
        raise InputError("name the datasets, or give --all; winnow datasets list shows them")
    named = merge({"input_samples": {"process_all": True}}, flat.named)
    resolve(named)
    names = _all() if options.all else _checked(names)
    print(f"{len(names)} datasets: {', '.join(names[:5])}{', …' if len(names) > 5 else ''}")
    print(f"Backfill {_requested(names, named)} begins while winnow ui, or Dagster's daemon, is at work.")
    return 0


def _all() -> list[str]:
    from configs.errors import InputError
    from resources.catalog.datasets import all_datasets

    names = [each.name for each in all_datasets() if each.settings]
    if not names:
        raise InputError("there is no dataset with settings; winnow datasets add makes one")
    return names


def _checked(names: list[str]) -> list[str]:
    from configs.dataset_key import dataset_key
    from configs.errors import InputError
    from resources.dataset_settings import stored_settings

    for name in names:
        if not stored_settings(dataset_key(name)):
            raise InputError(f"there is no dataset {name} with settings; winnow datasets list shows all")
    return list(dict.fromkeys(names))


def _requested(names: list[str], named: dict[str, dict[str, Any]]) -> str:
    """The id of a backfill of all assets, which Dagster's daemon finds in its database."""
    import time

    from dagster._core.execution.backfill import PartitionBackfill
    from dagster._core.utils import make_new_backfill_id

    from configs.run_settings import to_run_config
    from resources.instance import dagster_instance
    from selection_assets.definitions import defs
    from selection_assets.partitions import datasets

    graph = defs.resolve_asset_graph()
    with dagster_instance() as instance:
        instance.add_dynamic_partitions(str(datasets.name), names)
        backfill = PartitionBackfill.from_asset_partitions(
            backfill_id=make_new_backfill_id(),
            asset_graph=graph,
            partition_names=names,
            asset_selection=sorted(graph.materializable_asset_keys),
            backfill_timestamp=time.time(),
            tags={"winnow/begun_by": "winnow backfill"},
            dynamic_partitions_store=instance,
            all_partitions=False,
            title=None,
            description=None,
            run_config=to_run_config(named),
        )
        instance.add_backfill(backfill)
    return backfill.backfill_id
