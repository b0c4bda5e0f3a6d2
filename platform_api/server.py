"""The API as a server, until a signal ends it."""

from dataclasses import dataclass
from pathlib import Path

import uvicorn

from platform_api.access_log import AccessLog, write_log
from platform_api.app import build_app

STOP_SECONDS = 5  # that downloads get, and whoever else is being answered
WAITING_CONNECTIONS = 1024


@dataclass(frozen=True)
class Tls:
    """Files in PEM."""

    certificate: Path
    key: Path


def serve(host: str, port: int, *, log: Path | None = None, proxies: str = "127.0.0.1", tls: Tls | None = None) -> None:
    """log: a file; without, standard error. proxies: whose X-Forwarded-Proto counts, by address, with commas.

    Ends at SIGTERM or SIGINT, with that signal raised again.
    """
    write_log(log)
    uvicorn.Server(
        uvicorn.Config(
            AccessLog(build_app()),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=proxies,
            backlog=WAITING_CONNECTIONS,
            timeout_graceful_shutdown=STOP_SECONDS,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
    ).run()
