"""The command `winnow`: run, ui, demo. It only builds a typed run config and starts things.

Everything heavy is imported where it is used: `winnow --help` answers at once.
"""

import argparse
import logging
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from configs.errors import InputError

EPILOG = """\
examples:
  winnow run input_dir=pictures output_dir=out stopping_condition.n_samples=0.3
  winnow run shared_dir=shared output_dir=out embeddings=embeddings.csv stopping_condition.min_distance=0.2
  winnow run --selection-config selection.json input_dir=pictures output_dir=out
  winnow ui
"""

RUN_USAGE = """\
usage: winnow run [--worker-config FILE] [--selection-config FILE] [--lightly-config FILE] [key=value ...]

The main job. The last line printed is the run folder. The files hold the three dictionaries of scheduled runs, as JSON
or YAML; key=value overrides them. What a selection config holds: docs/selection.md."""
DICTIONARIES = ("worker_config", "selection_config", "lightly_config")


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
            "winnow: interrupted; finished steps are kept: run the same command again to go on, with another "
            "run_directory if it names one",
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

    Child processes end when their pipes to this one close.
    """
    code = main()
    logging.shutdown()
    sys.stdout.flush()
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
    run = commands.add_parser(
        "run", help="select from a folder of images or an embeddings file", add_help=False, allow_abbrev=False
    )
    run.add_argument("-h", "--help", action="store_true", dest="help")
    run.add_argument("tokens", nargs="*", metavar="key=value")
    for name in DICTIONARIES:
        run.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="FILE", default="")
    run.set_defaults(command=_run)
    ui = commands.add_parser("ui", help="start the Dagster web server and daemon where runs are visible")
    ui.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    ui.add_argument("--port", default=3000, type=int, help="port to listen on (default: %(default)s)")
    ui.set_defaults(command=_ui)
    demo = commands.add_parser("demo", help="run on generated pictures, or on a folder of yours")
    demo.add_argument("--input", default="", help="a folder of images, in place of the generated ones")
    demo.add_argument("--folder", default="demo", help="where pictures and results go (default: %(default)s)")
    demo.add_argument("tokens", nargs="*", metavar="key=value", help="options as for winnow run")
    demo.set_defaults(command=_demo)
    return parser


class _Version(argparse.Action):
    def __call__(self, *_: object) -> None:
        from importlib.metadata import version

        print(f"winnow {version('winnow')}")
        raise SystemExit(0)


def _run(options: argparse.Namespace) -> int:
    if options.help:
        from selection_assets.option_table import terminal_table

        print(RUN_USAGE)
        print(terminal_table())
        return 0
    print(_select(options.tokens, {name: getattr(options, name) for name in DICTIONARIES if getattr(options, name)}))
    return 0


def _select(tokens: list[str], files: dict[str, str]) -> Path | str:
    """Run the main job, print its summary, and return the run folder; for a sanity check, its answer.

    files: by name of a dictionary (`DICTIONARIES`), the JSON or YAML file that holds it.
    """
    from selection_assets.stages.reporting.helper_process import warm_up

    warm_up()  # beside the imports that follow
    from configs.spellings.config_dictionaries import settings_from_dictionaries, with_tokens
    from configs.spellings.config_files import read_config_file
    from configs.spellings.flat_options import parse_flat_options
    from selection_assets.preflight import preflight, with_absolute_folders

    _log_to_terminal()
    request = parse_flat_options(tokens)
    if request.sanity_check:
        from selection_assets.sanity_check import sanity_check

        return sanity_check()
    dictionaries = {name: read_config_file(Path(file), f"--{name.replace('_', '-')}") for name, file in files.items()}
    named = with_absolute_folders(with_tokens(settings_from_dictionaries(**dictionaries), request.named))
    preflight(named)
    from selection_assets.launch import launch
    from selection_assets.partitions import key_of_folder
    from selection_assets.summary import summary_table

    source = named["datasource"]
    embeddings = named.get("input_samples", {}).get("embeddings")
    name = f"{source['shared_dir']}/{embeddings}" if embeddings else source["input_dir"]
    overrides = [*request.overrides, *(f"--{key.replace('_', '-')}={file}" for key, file in files.items())]
    finished = launch(named, request.dataset or key_of_folder(name), overrides)
    print(summary_table(finished.folder, finished.step_seconds, finished.seconds))
    print(f"Report:       {finished.folder / 'report.pdf'}")
    print(f"In Dagster:   {_ui_command()}   then open http://127.0.0.1:3000/runs/{finished.run_id}")
    return finished.folder


def _ui_command() -> str:
    from resources.home import home, is_default_home

    winnow = "winnow" if shutil.which("winnow") else Path(sys.executable).with_name("winnow")
    return f"{winnow} ui" if is_default_home() else f"DAGSTER_HOME={home()} {winnow} ui"


def _ui(options: argparse.Namespace) -> int:
    from resources.home import home

    home()
    module = "selection_assets.definitions"
    address = ["--host", options.host, "--port", str(options.port)]
    os.execv(sys.executable, [sys.executable, "-m", "dagster", "dev", "-m", module, *address])


def _demo(options: argparse.Namespace) -> int:
    folder = Path(options.folder).absolute()
    os.environ["DAGSTER_HOME"] = os.environ.get("DAGSTER_HOME") or str(folder / "home")
    pictures = options.input
    if not pictures:
        from selection_assets.demo_dataset import generate

        pictures = str(folder / "images")
        if not (folder / "planted.json").exists():
            print("Generating the demo pictures...", flush=True)
            made = generate(folder)
            print(
                f"{made.files} files in {made.images}, among them {made.exact_duplicates} exact copies, "
                f"{made.near_duplicates} near duplicates, {made.burst_frames} frames of a parked camera, "
                f"{made.broken} broken files (planted.json lists them).",
                flush=True,
            )
    defaults = [f"input_dir={pictures}", f"output_dir={folder / 'runs'}", "stopping_condition.n_samples=0.3"]
    if not options.input:
        defaults.append("dataset=demo")
    run_folder = _select([*defaults, *options.tokens], {})
    print(f"Run folder:   {run_folder}")
    return 0


def _log_to_terminal() -> None:
    """Messages for the user on standard output, as `[date time] message`; warnings say that they are."""
    logger = logging.getLogger("winnow")
    for old in [each for each in logger.handlers if isinstance(each.formatter, _TerminalFormat)]:
        logger.removeHandler(old)
    handler = logging.StreamHandler(sys.stdout)
    handler.setLevel(logging.INFO)
    handler.setFormatter(_TerminalFormat("[%(asctime)s] %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    logger.propagate = False


class _TerminalFormat(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name in logging
        text = super().formatMessage(record)
        return text if record.levelno < logging.WARNING else text.replace("] ", "] Warning: ", 1)


if __name__ == "__main__":
    entry()
