"""Servers that users may not name, in every spelling."""

import socket
from typing import Any

import pytest

from configs.errors import InputError
from resources.platform.allowed_hosts import require_allowed

INTERNAL = [
    "http://127.0.0.1", "http://127.1", "http://2130706433", "http://0x7f000001", "http://0177.0.0.1", "https://localhost",
    "http://localhost.", "http://0.0.0.0", "http://0", "http://[::1]", "http://[::]", "http://[::ffff:127.0.0.1]",
    "http://169.254.169.254/latest", "http://[fe80::1]", "http://[fd00:ec2::254]", "http://[::ffff:a9fe:a9fe]",
    "http://[64:ff9b::a9fe:a9fe]", "http://[2002:a9fe:a9fe::]", "http://100.100.100.200", "http://192.0.0.192",
    "http://168.63.129.16", "http://224.0.0.1", "http://[ff02::1]", "http://0.1.2.3", "http://[::127.0.0.1]",
]  # fmt: skip
NO_ADDRESS = [
    "", "x", "ftp://10.0.0.1", "file:///etc", "http://", "http:///x", "http://a:b@10.0.0.1", "http://10.0.0.1:x",
    "http://10.0.0.1:99999", "http://[::1", "http://10.0.0.1/\n", "http://10.0.0.1/ x", "//10.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("url", INTERNAL)
def test_internal_addresses(url: str) -> None:
    with pytest.raises(InputError, match=r"address of this machine or its cloud|not known"):
        require_allowed(url)


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InputError, match="no address of a server"):
        require_allowed(url)


def test_a_name_with_one_internal_address_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(*_: Any, **__: Any) -> Any:
        return [(0, 0, 0, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(InputError, match=r"WINNOW_ALLOWED_HOSTS=rebound\.example"):
        require_allowed("https://rebound.example")


def test_others_and_those_that_the_operator_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("https://93.184.216.34", "http://10.0.0.1:9000/x", "http://192.168.1.2", "http://[2001:db8::1]:9000"):
        require_allowed(url)
    monkeypatch.setenv("WINNOW_ALLOWED_HOSTS", "localhost, 127.0.0.1,::1")
    for url in ("http://localhost:9000", "http://127.0.0.1", "http://[::1]:1", "http://LOCALHOST"):
        require_allowed(url)
    with pytest.raises(InputError):
        require_allowed("http://127.0.0.2")
    with pytest.raises(InputError, match="not known"):
        require_allowed("http://no-such-host.invalid")
