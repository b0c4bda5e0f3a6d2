"""`winnow clean`: removes what is old and nobody needs any more, and says how much space that gave."""

import argparse
import time
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    about = (
        "remove old runs from Dagster's history, what nobody needs any more from the state folder, and tables of "
        "deleted datasets; never results, datapools, settings, trained models, or the tables of a dataset"
    )
    parser = commands.add_parser(
        "clean", help="remove what is old and not needed any more", description=about, allow_abbrev=False
    )
    parser.add_argument(
        "--older-than",
        default="",
        metavar="DAYS",
        help="keep what ended, was written or was used in these days, such as 90d (default: WINNOW_KEEP_DAYS)",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed, and leave it")
    parser.set_defaults(command=_clean)


def _clean(options: argparse.Namespace) -> int:
    from configs.errors import InputError
    from resources.cleaning.clean import clean
    from resources.cleaning.keep_days import DAY_SECONDS, DAYS, days_in, keep_days
    from resources.instance import dagster_instance
    from selection_assets.partitions import datasets

    days = days_in("--older-than", options.older_than) if options.older_than else keep_days()
    if days is None:
        raise InputError(f"say what is old: winnow clean --older-than 90d, or set {DAYS}=90")
    before = time.time() - days * DAY_SECONDS
    with dagster_instance() as instance:
        removed = clean(
            instance,
            lambda: instance.get_dynamic_partitions(str(datasets.name)),
            before,
            dry_run=options.dry_run,
        )
    print(f"{'Would remove' if options.dry_run else 'Removed'} what is older than {days} days:")
    for each in removed:
        print(f"  {each.line}")
    print(f"  {sum(each.size for each in removed) / 1e6:,.1f} MB in all")
    return 0
