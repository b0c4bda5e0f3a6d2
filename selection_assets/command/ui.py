"""`winnow ui`: the web server where runs are visible, and the daemon that starts them."""

import argparse
from typing import Any

from selection_assets.command.dagster_parts import run_parts
from selection_assets.command.parts import end_by_signals, free_port, port_number


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    parser = commands.add_parser("ui", help="start the Dagster web server and daemon where runs are visible")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", default=3000, type=port_number, help="port to listen on (default: %(default)s; 0: any)"
    )
    parser.set_defaults(command=_ui)


def _ui(options: argparse.Namespace) -> int:
    end_by_signals()
    return run_parts("winnow ui", options.host, free_port(options.host, options.port))
