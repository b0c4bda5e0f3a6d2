"""`winnow ui`: the Dagster web server and daemon where runs are visible."""

import argparse
import os
import sys
from typing import Any


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    parser = commands.add_parser("ui", help="start the Dagster web server and daemon where runs are visible")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=3000, type=int, help="port to listen on (default: %(default)s)")
    parser.set_defaults(command=_ui)


def _ui(options: argparse.Namespace) -> int:
    from resources.home import home

    home()
    module = "selection_assets.definitions"
    address = ["--host", options.host, "--port", str(options.port)]
    os.execv(sys.executable, [sys.executable, "-m", "dagster", "dev", "-m", module, *address])
