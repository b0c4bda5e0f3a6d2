"""`winnow datasets`: the catalog. A dataset is a partition in Dagster, with its place, its settings, its credentials.

The words of the command are here; what they do is in `dataset_commands`, which is loaded when it is asked for.
"""

import argparse
from typing import Any

from configs.thumbnail_suffix import DEFAULT as THUMBNAIL_SUFFIX

PLACES = "s3://bucket/folder, gs://bucket/folder, az://container/folder, or a folder"
FILE_OF_CREDENTIALS = (
    "JSON or YAML with access_key, secret_access_key, … (s3://), the key of a service account (gs://), or account_name "
    "and sas_token (az://); -: asks; env: the usual variables as they are now; none (the default): those of the "
    "environment of each run"
)


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    parser = commands.add_parser("datasets", help="datasets with their buckets, settings and credentials")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = _action(actions, "add", "add a dataset")
    _about(add, is_new=True)
    edit = _action(actions, "edit", "change what is named; the rest stays")
    _about(edit, is_new=False)
    _action(actions, "list", "all datasets", named=False)
    _action(actions, "show", "everything about a dataset but its secrets")
    _action(actions, "test", "list, read and write where the dataset lies, and say what is missing")
    remove = _action(actions, "remove", "remove a dataset, its tables and thumbnails; no picture and no run folder")
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _action(actions: Any, name: str, what: str, *, named: bool = True) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=what, description=what, allow_abbrev=False)
    if named:
        parser.add_argument("name", metavar="NAME", help="letters, digits, '.', '_' and '-'")
    parser.set_defaults(command=_run, action=name)
    return parser


def _about(parser: argparse.ArgumentParser, *, is_new: bool) -> None:
    if is_new:
        parser.add_argument("--type", default="images", help="images (default: %(default)s)")
    parser.add_argument("--input", required=is_new, default="", metavar="URL", help=PLACES)
    parser.add_argument(
        "--lightly",
        default="",
        metavar="URL",
        help="s3://bucket/folder, or a folder, for what runs read beside the input, and for results",
    )
    parser.add_argument(
        "--settings", default="", metavar="FILE", help="JSON or YAML: options, or the three dictionaries"
    )
    parser.add_argument("--input-credentials", default="", metavar="FILE", help=FILE_OF_CREDENTIALS)
    parser.add_argument(
        "--lightly-credentials", default="", metavar="FILE", help="likewise, for the bucket of --lightly"
    )
    parser.add_argument(
        "--thumbnail-suffix",
        metavar="NAME",
        help="name of a thumbnail in the place of --lightly, with [filename] and [extension] of its picture (default: "
        f"{THUMBNAIL_SUFFIX}); none: no thumbnails",
    )
    times = parser.add_argument_group("when runs begin by themselves, while winnow ui or Dagster's daemon is at work")
    times.add_argument(
        "--watch", action=argparse.BooleanOptionalAction, default=None, help="begin a run when files arrive"
    )
    for option, what in (
        ("--quiet-seconds", "wait until nothing has changed for so long (60)"),
        ("--min-files", "wait until there are so many new files (1)"),
        ("--max-wait-seconds", "but not longer than this (3600)"),
        ("--attempts", "runs for the same files, where one fails (3)"),
    ):
        times.add_argument(option, type=float if "seconds" in option else int, metavar="N", help=what)
    times.add_argument("--cron", metavar="TIMES", help='begin a run at these times, such as "0 3 * * *"; "": at none')
    times.add_argument("--timezone", metavar="ZONE", help="of --cron (UTC)")
    parser.add_argument("tokens", nargs="*", metavar="key=value", help="options of winnow run")


def _run(options: argparse.Namespace) -> int:
    from selection_assets.command.dataset_commands import ACTIONS

    return ACTIONS[options.action](options)
