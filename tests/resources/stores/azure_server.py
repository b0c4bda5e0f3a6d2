"""Azurite, an Azure server on a free loopback port, started by the tests and stopped again; and SAS tokens for it.

Sources: learn.microsoft.com/en-us/rest/api/storageservices/create-account-sas and create-service-sas.
"""

import base64
import hashlib
import hmac
import os
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.resources.stores.s3_servers import served

ACCOUNT = "winnowtest"
KEY = base64.b64encode(b"a key of an account, for tests").decode()
VERSION = "2022-11-02"
FOLDER = Path(__file__).parents[3] / ".tools" / "node_modules" / ".bin"  # where .ci/run installs it


def azurite_program() -> str:
    """Skips the test where it is not installed."""
    places = os.pathsep.join((os.environ.get("WINNOW_AZURITE", ""), os.environ.get("PATH", ""), str(FOLDER)))
    found = shutil.which("azurite-blob", path=places)
    if not found or not shutil.which("node"):
        pytest.skip(
            "azurite-blob is not installed: npm install --prefix .tools azurite, or name its folder in WINNOW_AZURITE"
        )
    return found


@contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """The address of the account. It checks every SAS token."""
    program = azurite_program()

    def command(port: int) -> list[str]:
        address = ("--blobHost", "127.0.0.1", "--blobPort", str(port))
        return [program, *address, "-l", str(folder), "--silent", "--skipApiVersionCheck", "--disableTelemetry"]

    with served(command, AZURITE_ACCOUNTS=f"{ACCOUNT}:{KEY}") as url:
        yield f"{url}/{ACCOUNT}"


def sas(container: str, permissions: str = "rcwdl", hours: float = 1, key: str = KEY) -> str:
    """Of one container."""
    ends = _moment(hours)
    parts = [permissions, "", ends, f"/blob/{ACCOUNT}/{container}", "", "", "", VERSION, "c", *[""] * 7]
    query = {"sv": VERSION, "sr": "c", "se": ends, "sp": permissions, "sig": _signed(parts, key)}
    return urlencode(query)


def environment(url: str, token: str, **changed: str) -> dict[str, str]:
    return {
        "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
        "AZURE_STORAGE_SAS_TOKEN": token,
        "AZURE_STORAGE_ENDPOINT": url,
        "AZURE_ALLOW_HTTP": "true",
        **changed,
    }


def create_container(url: str, name: str) -> None:
    _request(f"{url}/{name}?restype=container&{_account_sas()}", b"")


def put_blob(url: str, container: str, key: str, data: bytes) -> None:
    """Under any name, also one that obstore takes for no path."""
    _request(f"{url}/{container}/{quote(key)}?{_account_sas()}", data)


def get_blob(url: str, container: str, key: str) -> bytes:
    with urllib.request.urlopen(f"{url}/{container}/{quote(key)}?{_account_sas()}", timeout=10) as answer:
        return bytes(answer.read())


def _account_sas() -> str:
    ends = _moment(1)
    parts = [ACCOUNT, "rwdlc", "b", "sco", "", ends, "", "", VERSION, "", ""]
    query = {"sv": VERSION, "ss": "b", "srt": "sco", "se": ends, "sp": "rwdlc", "sig": _signed(parts, KEY)}
    return urlencode(query)


def _moment(hours: float) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def _signed(parts: list[str], key: str) -> str:
    text = "\n".join(parts).encode()
    return base64.b64encode(hmac.new(base64.b64decode(key), text, hashlib.sha256).digest()).decode()


def _request(url: str, data: bytes) -> None:
    headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(url, data, headers, method="PUT"), timeout=10).close()
