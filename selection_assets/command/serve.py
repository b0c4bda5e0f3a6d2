"""`winnow serve`: the platform's API, and what `winnow ui` starts, on one machine; all run, or none."""

import argparse
import json
import os
import ssl
import urllib.request
from typing import Any

from selection_assets.command.api import add_api_options, check_api_options
from selection_assets.command.dagster_parts import Beside, run_parts
from selection_assets.command.parts import end_by_signals, free_port, port_number, shown_address

UI_URL = "WINNOW_UI_URL"


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    parser = commands.add_parser(
        "serve", help="start the platform's API with Dagster's web server and daemon", allow_abbrev=False
    )
    add_api_options(parser)
    parser.add_argument(
        "--ui-host",
        default="127.0.0.1",
        help="address of Dagster's web server, which asks nobody who they are (default: %(default)s)",
    )
    parser.add_argument("--ui-port", default=3000, type=port_number, help="its port (default: %(default)s; 0: any)")
    parser.set_defaults(command=_serve)


def _serve(options: argparse.Namespace) -> int:
    end_by_signals()
    check_api_options(options)
    port = free_port(options.host, options.port, "winnow serve")
    ui_port = free_port(options.ui_host, options.ui_port, "winnow ui", "--ui-")
    from resources.home import home

    log = home() / "api.log"
    address = shown_address(options.host, port, "https" if options.tls_cert else "http")
    tls = ["--tls-cert", options.tls_cert, "--tls-key", options.tls_key] if options.tls_cert else []
    api = Beside(
        "API",
        "selection_assets.command",
        ["api", "--host", options.host, "--port", str(port), "--proxy", options.proxy, "--log", str(log), *tls],
        lambda: _is_healthy(address),
        [f"API for scripts:    {address}  (log: {log})"],
        {UI_URL: os.environ.get(UI_URL) or shown_address(options.ui_host, ui_port)},
    )
    return run_parts("winnow serve", options.ui_host, ui_port, [api])


def _is_healthy(address: str) -> bool:
    """Whose certificate it is does not matter: it is this machine that is asked."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    no_proxy, https = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
    opener = urllib.request.build_opener(no_proxy, https)
    try:
        with opener.open(f"{address}/healthz", timeout=5) as answer:
            return bool(json.load(answer) == {"status": "ok"})
    except (OSError, ValueError):
        return False
