"""Headless Chromium, driven through its DevTools protocol (https://chromedevtools.github.io/devtools-protocol)."""

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--window-size=1600,1200",
    "--remote-debugging-port=0",
)
SECONDS = 60


class Page:
    """One tab. Texts are looked for in what the page shows."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._numbers = socket, itertools.count(1)

    def call(self, method: str, **parameters: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=SECONDS))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)

    def evaluate(self, expression: str) -> Any:
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def text(self) -> str:
        return str(self.evaluate("document.body.innerText"))

    def wait_for(self, expression: str) -> Any:
        """The value of an expression, as soon as it is true."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if value := self.evaluate(expression):
                return value
            time.sleep(0.3)
        raise AssertionError(f"{expression} stays false on\n{self.text()[:3000]}")

    def click(self, text: str, *, beside: bool = False, tag: str = "button, a, [role=menuitem]") -> None:
        """Click what shows exactly this text; `beside`: what lies to its right, as the arrow of a menu."""
        find = (
            f"[...document.querySelectorAll({json.dumps(tag)})].filter(e => e.getClientRects().length && !e.disabled"
            f" && (e.innerText || '').trim() === {json.dumps(text)})[0]"
        )
        self.wait_for(f"!!{find}")
        self.evaluate(f"{find}.scrollIntoView({{block: 'center'}})")
        box = self.evaluate(f"(r => [r.x + r.width / 2, r.y + r.height / 2, r.right])({find}.getBoundingClientRect())")
        self.click_at(box[0] if not beside else box[2] + 12, box[1])

    def click_at(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def press(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextmanager
def browser_page(profile: Path) -> Iterator[Page]:
    """A tab of a new Chromium; the test is skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine")
    from websockets.sync.client import connect

    process = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        port_file = profile / "DevToolsActivePort"
        deadline = time.monotonic() + SECONDS
        while not port_file.exists() or not port_file.read_text().count("\n"):
            assert time.monotonic() < deadline, "Chromium does not start"
            time.sleep(0.1)
        port = int(port_file.read_text().splitlines()[0])
        import urllib.request

        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as response:
            target = next(each for each in json.load(response) if each["type"] == "page")
        with connect(target["webSocketDebuggerUrl"], max_size=None) as socket:
            yield Page(socket)
    finally:
        process.kill()
        process.communicate()
