"""Which servers the platform's users may name: none of this machine, of its link, and none that tells secrets of it."""

import ipaddress
import os
import socket
from urllib.parse import urlsplit

from configs.errors import InputError

VARIABLE = "WINNOW_ALLOWED_HOSTS"  # names or addresses, with commas between them, that users may name all the same
# Where clouds tell a machine its credentials, beside link-local addresses: AWS (IPv6), Alibaba, Oracle, Azure.
_METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def require_allowed(url: str) -> None:
    """Raises InputError where the host of a URL, under any of its addresses, is none that users may name.

    A name may have other addresses later: it is asked again whenever the server is used.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise InputError(f"{url[:200]!a} is no address of a server; write https://host:port") from None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or not url.isprintable() or " " in url:
        raise InputError(f"{url[:200]!a} is no address of a server; write https://host:port, without a password")
    if host in {each.strip().lower() for each in os.environ.get(VARIABLE, "").split(",") if each.strip()}:
        return
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InputError(f"{host}: the name of this server is not known; check it") from None
    for *_, address in found:
        if _is_internal(ipaddress.ip_address(str(address[0]).partition("%")[0])):
            raise InputError(
                f"{host} is an address of this machine or its cloud, which datasources may not name; the operator of "
                f"the server allows it with {VARIABLE}={host}"
            )


def _is_internal(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour
        if address in _NAT64 or int(address) >> 32 == 0:
            hidden = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None:
            return _is_internal(hidden)
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
        or address in _METADATA
        or (isinstance(address, ipaddress.IPv4Address) and address in ipaddress.IPv4Network("0.0.0.0/8"))
    )
