"""`winnow api`: the platform's API alone. `winnow serve` starts it with Dagster beside it."""

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

from configs.errors import InputError
from selection_assets.command.parts import end_by_signals, free_port, port_number


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    parser = commands.add_parser(
        "api", help="start the platform's API alone, for scripts with the lightly client", allow_abbrev=False
    )
    add_api_options(parser)
    parser.add_argument("--log", metavar="FILE", help="where requests and errors are written (default: standard error)")
    parser.set_defaults(command=_api)


def add_api_options(parser: argparse.ArgumentParser) -> None:
    """Those of the API, of this command and of `winnow serve`."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", default=8000, type=port_number, help="port to listen on (default: %(default)s; 0: any)"
    )
    parser.add_argument(
        "--proxy",
        metavar="ADDRESSES",
        default="127.0.0.1",
        help="proxies whose X-Forwarded-Proto counts, with commas (default: %(default)s)",
    )
    parser.add_argument("--tls-cert", metavar="FILE", help="certificate in PEM: the API speaks https")
    parser.add_argument("--tls-key", metavar="FILE", help="its key in PEM")


def check_api_options(options: argparse.Namespace) -> None:
    """Raises InputError for what cannot be served."""
    if bool(options.tls_cert) != bool(options.tls_key):
        raise InputError("--tls-cert and --tls-key are given together")
    if options.tls_cert:
        import ssl

        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
                options.tls_cert, options.tls_key, password=lambda: ""
            )
        except (OSError, ValueError) as error:  # an SSLError is an OSError
            reason = " ".join(str(error).split())[:200]
            raise InputError(
                f"--tls-cert {options.tls_cert}, --tls-key {options.tls_key}: {reason}; give a certificate and its key "
                "without a password, both in PEM"
            ) from None


def _api(options: argparse.Namespace) -> int:
    end_by_signals()
    check_api_options(options)
    port = free_port(options.host, options.port, "winnow api")
    from resources.home import home

    home()
    from platform_api.server import Tls, serve

    tls = Tls(Path(options.tls_cert), Path(options.tls_key)) if options.tls_cert else None
    with suppress(KeyboardInterrupt):
        serve(options.host, port, log=Path(options.log) if options.log else None, proxies=options.proxy, tls=tls)
        return 1  # it could not begin, and its log says why
    return 0
