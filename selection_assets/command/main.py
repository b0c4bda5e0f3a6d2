"""The command `winnow`: its arguments, exit codes and error lines. Beside: one module per command.

Everything heavy is imported where it is used: `winnow --help` answers at once.
"""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from configs.errors import InputError
from selection_assets.command import api, backfill, clean, datasets, demo, run, serve, ui, users
from selection_assets.command.streams import lost_output, make_streams_safe, speak_utf8

EPILOG = """\
examples:
  winnow run input_dir=pictures output_dir=out stopping_condition.n_samples=0.3
  winnow run shared_dir=shared output_dir=out embeddings=embeddings.csv stopping_condition.min_distance=0.2
  winnow run --selection-config selection.json input_dir=pictures output_dir=out
  winnow datasets add cats --input s3://bucket/cats --lightly shared stopping_condition.n_samples=0.3
  winnow backfill cats dogs
  winnow clean --older-than 90d --dry-run
  winnow ui
  winnow serve --host 0.0.0.0
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 something the user can mend, 1 a bug, 130 interrupted."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if unknown := [each for each in rest if each.startswith("-") or not hasattr(options, "tokens")]:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if rest:
        options.tokens += rest  # options of a command may stand between its tokens
    try:
        return int(options.command(options))
    except InputError as error:
        print(f"winnow: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "winnow: interrupted; finished steps are kept: run the same command again to go on",
            file=sys.stderr,
        )
        return 130
    except Exception as error:
        if os.environ.get("WINNOW_TRACEBACK"):
            raise
        text = " ".join(str(error).split())[:500]
        print(
            f"winnow: error: {type(error).__name__}: {text} (this is a bug; WINNOW_TRACEBACK=1 shows where)",
            file=sys.stderr,
        )
        return 1


def entry() -> NoReturn:
    """The console script. Leaves without taking apart thousands of modules, which would cost a second.

    Child processes end when their pipes to this one close. SIGTERM, which is how containers are stopped, ends the
    command as Ctrl-C does.
    """
    speak_utf8()
    make_streams_safe()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = main()
    except SystemExit as stopped:  # argparse has said why
        code = stopped.code if isinstance(stopped.code, int) else 2
    logging.shutdown()
    sys.stdout.flush()
    if reason := lost_output():
        print(
            f"winnow: error: standard output: {reason}; what was done is kept, what was said is lost", file=sys.stderr
        )
        code = code or 2
    sys.stderr.flush()
    os._exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="winnow",
        description="Picks the images worth labelling: embed, remove duplicates, select, report.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (run, datasets, backfill, clean, ui, serve, api, demo, users):
        command.add_to(commands)
    return parser


class _Version(argparse.Action):
    def __call__(self, *_: object) -> None:
        from importlib.metadata import version

        print(f"winnow {version('winnow')}")
        raise SystemExit(0)
