import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from selection_assets.stages.models.pretrained_download import not_here, reachable


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Answers 404 to everything."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    class Nothing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(200 if self.path == "/here" else 404)

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Nothing) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def test_any_answer_counts(server: str) -> None:
    assert reachable(f"{server}/here") and reachable(f"{server}/missing")


def test_no_answer(server: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert not reachable(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert not reachable("no address")


def test_what_to_do_about_it() -> None:
    assert str(not_here("timm/x", "/cache")) == (
        "lightly.model.name=timm/x: its weights are not in /cache and cannot be downloaded from here; copy that folder "
        "from a machine that has them, or give their file with checkpoint=FILE, or leave lightly.model.name out to use "
        "the built-in model"
    )
