"""`winnow run`: the main job on a folder of images or an embeddings file. Only a typed run config is built here."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs.errors import InputError

if TYPE_CHECKING:
    from configs.run_settings import Named

USAGE = """\
usage: winnow run [--worker-config FILE] [--selection-config FILE] [--lightly-config FILE] [key=value ...]

The main job. The last line printed is the run folder. The files hold the three dictionaries of scheduled runs, as JSON
or YAML; key=value overrides them. What a selection config holds: docs/selection.md."""
OF_WORKERS = ("token", "worker.worker_id", "worker_id", "worker.force_start", "sanity_check")
DICTIONARIES = ("worker_config", "selection_config", "lightly_config")


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    parser = commands.add_parser(
        "run", help="select from a folder of images or an embeddings file", add_help=False, allow_abbrev=False
    )
    parser.add_argument("-h", "--help", action="store_true", dest="help")
    parser.add_argument("tokens", nargs="*", metavar="key=value")
    for name in DICTIONARIES:
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="FILE", default="")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    if options.help:
        from selection_assets.option_table import terminal_table

        print(USAGE)
        print(terminal_table())
        return 0
    print(select(options.tokens, {name: getattr(options, name) for name in DICTIONARIES if getattr(options, name)}))
    return 0


def select(tokens: list[str], files: dict[str, str]) -> str:
    """Run the main job, print its summary, and return where the run folder is; for a sanity check, its answer; where no
    file is new, a line about it.

    files: by name of a dictionary (`DICTIONARIES`), the JSON or YAML file that holds it.
    """
    from selection_assets.stages.reporting.helper_process import warm_up

    warm_up()  # beside the imports that follow
    from configs.spellings.config_dictionaries import settings_from_dictionaries, with_tokens
    from configs.spellings.config_files import read_config_file
    from configs.spellings.flat_options import parse_flat_options
    from selection_assets.command.platform_target import platform_input, upload_target
    from selection_assets.command.preflight import preflight, with_absolute_folders
    from selection_assets.command.terminal_log import log_to_terminal

    log_to_terminal()
    request = parse_flat_options(tokens)
    if request.sanity_check:
        from selection_assets.command.sanity_check import sanity_check

        return sanity_check()
    if request.worker:
        from selection_assets.command.worker import work

        others = [key for key in (*(token.partition("=")[0] for token in tokens), *files) if key not in OF_WORKERS]
        if others:
            raise InputError(
                f"{others[0]}: a worker is told by its jobs what to do; leave it out, or leave out worker.worker_id"
            )
        return work(request.token or os.environ.get("LIGHTLY_TOKEN", ""), request.worker, force=request.force_start)
    dictionaries = {name: read_config_file(Path(file), f"--{name.replace('_', '-')}") for name, file in files.items()}
    named = with_absolute_folders(with_tokens(settings_from_dictionaries(**dictionaries), request.named))
    dataset = platform_input(request, _input_of(named)) or request.dataset
    is_catalogued = bool(dataset) and not _input_of(named)
    named = _with_stored_settings(dataset, named) if is_catalogued else _with_all_files(named)
    dataset = upload_target(request, named, dataset or _dataset_of(named)) or dataset or _dataset_of(named)
    preflight(named, dataset)
    from selection_assets.command.launch import launch
    from selection_assets.command.summary import report_in, summary_table

    overrides = [*request.overrides, *(f"--{key.replace('_', '-')}={file}" for key, file in files.items())]
    finished = launch(named, dataset, overrides, keep=not is_catalogued)
    if not finished.folder:
        return "Nothing was done."
    print(summary_table(report_in(finished.folder, finished.dataset), finished.step_seconds, finished.seconds))
    print(f"Report:       {finished.folder}/report.pdf")
    print(f"In Dagster:   {_ui_command()}   then open http://127.0.0.1:3000/runs/{finished.run_id}")
    return finished.folder


def _input_of(named: "Named") -> str:
    """The folder or file that the samples come from; empty where none is named."""
    source = named.get("datasource", {})
    embeddings = named.get("input_samples", {}).get("embeddings")
    return f"{source.get('shared_dir', '')}/{embeddings}" if embeddings else str(source.get("input_dir") or "")


def _with_all_files(named: "Named") -> "Named":
    """Whoever names a folder means all that is in it, whatever earlier runs have done."""
    samples = named.get("input_samples", {})
    return named if samples.get("embeddings") else {**named, "input_samples": {"process_all": True, **samples}}


def _with_stored_settings(dataset: str, named: "Named") -> "Named":
    """The settings of a dataset of the catalog, overridden by what is named."""
    from resources.dataset_settings import merged_settings, stored_settings

    stored = stored_settings(dataset)
    if not stored:
        raise InputError(f"dataset={dataset} is not in the catalog; add input_dir=…, or see winnow datasets list")
    return merged_settings(stored, named)


def _dataset_of(named: "Named") -> str:
    """The name of a dataset that nobody named: that of its place."""
    from configs.dataset_key import key_of_folder

    place = _input_of(named)
    return key_of_folder(place) if place else ""


def _ui_command() -> str:
    from resources.home import home, is_default_home

    winnow = "winnow" if shutil.which("winnow") else Path(sys.executable).with_name("winnow")
    return f"{winnow} ui" if is_default_home() else f"DAGSTER_HOME={home()} {winnow} ui"
