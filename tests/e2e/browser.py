"""Headless Chromium through its DevTools protocol: open a page, wait for words, press buttons."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --disable-sync --no-first-run --hide-scrollbars "
    "--disable-background-networking --disable-component-update --window-size=1800,1300 --remote-debugging-port=0"
)
# The innermost visible element whose own words are these, or match them as a pattern.
FIND = """
(() => {{ const words = new RegExp({words}); let all = [...document.querySelectorAll({tags})];
  all = all.filter(e => words.test((e.innerText || '').trim()) && e.getClientRects().length && !e.disabled);
  return all.length ? all[all.length - 1] : null; }})()
"""


class Browser:
    def __init__(self, connection: Any) -> None:
        self._connection, self._number = connection, 0
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._connection.recv(timeout=60))
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def value(self, expression: str) -> Any:
        """The value of an expression of JavaScript, as plain data."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def text(self) -> str:
        return str(self.value("document.body ? document.body.innerText : ''"))

    def wait_for_text(self, words: str, seconds: float = 60) -> str:
        """The page's text, once it holds what the pattern `words` matches."""
        deadline = time.monotonic() + seconds
        while not re.search(words, text := self.text()):
            assert time.monotonic() < deadline, f"{words!r} is not on the page:\n{text}"
            time.sleep(0.2)
        return text

    def press(self, words: str, tags: str = "button, a", *, shift: bool = False, seconds: float = 60) -> None:
        """Click on the last visible element whose text matches, as soon as it is there."""
        found = FIND.format(words=json.dumps(words), tags=json.dumps(tags))
        where = "(e => e && (e.scrollIntoView({block: 'center'}), (r => [r.x + r.width / 2, r.y + r.height / 2])"
        where += f"(e.getBoundingClientRect())))({found})"
        deadline = time.monotonic() + seconds
        while not (place := self.value(where)):
            assert time.monotonic() < deadline, f"no {words!r} to press on the page:\n{self.text()}"
            time.sleep(0.2)
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=place[0],
                y=place[1],
                button="left",
                clickCount=1,
                modifiers=8 if shift else 0,
            )

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def screenshot(self, path: Path) -> None:
        import base64

        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a profile below `folder`. Skips the test where none is installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    from websockets.sync.client import connect  # comes with Dagster's web server

    profile = folder / "profile"
    process = subprocess.Popen(
        [program, *QUIET.split(), f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with connect(_page(profile), max_size=None, open_timeout=60) as connection:
            yield Browser(connection)
    finally:
        process.terminate()
        process.wait(30)


def _page(profile: Path) -> str:
    """Address of the first page's protocol, when the browser has written its port."""
    import urllib.request

    deadline = time.monotonic() + 60
    port = profile / "DevToolsActivePort"
    while not (port.exists() and port.read_text().count("\n")):
        assert time.monotonic() < deadline, "the browser does not start"
        time.sleep(0.1)
    number = port.read_text().split("\n")[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{number}/json/list", timeout=30) as response:
        pages = json.load(response)
    return str(next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page"))
