"""Many clients that poll at once, in one process: bare HTTP over connections that stay open, as cheap as can be.

    python -m benchmarks.polling_clients CLIENTS SECONDS PAUSE < lines of URLs

Each client asks for all URLs in turn, one request at a time, and begins anew PAUSE seconds after it began, each at a
moment of its own. Prints JSON: requests, errors (by words), and percentiles of the seconds that a request took.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

import numpy as np


async def _client(number: int, clients: int, urls: list[str], pause: float, end: float, found: "_Found") -> None:
    address = urlsplit(urls[0])
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    paths = [url.partition(address.netloc)[2] for url in urls]
    asked = [f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode() for path in paths]
    await asyncio.sleep(pause * number / clients)
    while (began := time.perf_counter()) < end:
        for request in asked:
            sent = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            found.seconds.append(time.perf_counter() - sent)
            if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 404")):  # a job that waits has no run
                found.errors[head.split(b"\r\n")[0].decode()] += 1
        await asyncio.sleep(max(0.0, began + pause - time.perf_counter()))
    writer.close()


class _Found:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.errors: Counter[str] = Counter()


async def _all(clients: int, seconds: float, pause: float, urls: list[str]) -> _Found:
    found, end = _Found(), time.perf_counter() + seconds

    async def one(number: int) -> None:
        try:
            await _client(number, clients, urls, pause, end, found)
        except (OSError, EOFError, ValueError) as error:
            found.errors[f"{type(error).__name__}: {error}"] += 1

    await asyncio.gather(*(one(number) for number in range(clients)))
    return found


def main() -> None:
    clients, seconds, pause = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    found = asyncio.run(_all(clients, seconds, pause, sys.stdin.read().split()))
    shares = {f"p{share}": float(np.percentile(found.seconds, share)) for share in (50, 99)} if found.seconds else {}
    print(json.dumps({"requests": len(found.seconds), "errors": found.errors, **shares}))


if __name__ == "__main__":
    main()
