"""`winnow serve` and `winnow api` as processes: what they say, health, logs, and that nothing of them stays."""

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.e2e.conftest import WINNOW
from tests.e2e.test_ui_process import gone, ui, wait_until

TEXT = r"""Starting\.\.\.
API for scripts:    (http://127\.0\.0\.1:\d+)  \(log: (\S+)/api\.log\)
Winnow in Dagster:  (http://127\.0\.0\.1:\d+)
State folder:       \2  \(log: \2/ui\.log\)
To stop:            Ctrl-C, or kill (\d+)
"""
SERVE = ("serve", "--port", "0", "--ui-port", "0")


def winnow(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    return subprocess.run([WINNOW, *arguments], capture_output=True, text=True, check=False, env=environment)


def test_all_start_together_answer_and_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    winnow(home, "user", "add", "ann@example.com")
    token = winnow(home, "token", "create", "ann@example.com").stdout.splitlines()[-1]
    with ui(home, *SERVE) as (process, output, children):
        found = re.fullmatch(TEXT, output.read_text(encoding="utf-8"))
        assert found is not None, output.read_text(encoding="utf-8")
        api, dagster = found[1], found[3]
        assert len(children) >= 4
        (served,) = [each for each in children if "selection_assets.command" in each.cmdline()]
        assert served.environ()["WINNOW_UI_URL"] == dagster
        assert requests.get(f"{api}/healthz", timeout=30).json() == {"status": "ok"}
        assert requests.get(f"{dagster}/server_info", timeout=30).status_code == 200
        assert requests.get(f"{api}/v1/datasets", params={"token": token}, timeout=30).json() == []
        second = winnow(home, *SERVE)
        assert (second.returncode, second.stderr.count("\n")) == (2, 1)
        assert f"winnow serve is running on {home} already, process {process.pid} on " in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert output.read_text(encoding="utf-8").endswith("Stopped.\n")
        assert gone(children)
    for log in ("api.log", "ui.log"):
        text = (home / log).read_text(encoding="utf-8")
        assert token not in text and "rror" not in text
    assert "INFO GET /v1/datasets 200 " in (home / "api.log").read_text(encoding="utf-8")


def test_when_the_api_dies_it_says_so_and_ends(tmp_path: Path) -> None:
    with ui(tmp_path / "home", *SERVE) as (process, output, children):
        (child,) = [each for each in children if "selection_assets.command" in each.cmdline()]
        child.kill()
        assert process.wait(40) == 1
        last = output.read_text(encoding="utf-8").splitlines()[-1]
        assert last.startswith("winnow: error: the API was ended by SIGKILL (log: ")
        assert last.endswith("start winnow serve again")
        assert gone(children)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_api_alone_finishes_what_it_answers(tmp_path: Path, number: signal.Signals) -> None:
    """Whose standard error is its log."""
    output = tmp_path / "out"
    with output.open("w") as file:
        process = subprocess.Popen(
            [WINNOW, "api", "--port", "0"],
            stdout=file,
            stderr=file,
            env={**os.environ, "DAGSTER_HOME": str(tmp_path / "home")},
        )
    try:

        def address() -> Any:
            assert process.poll() is None, output.read_text(encoding="utf-8")
            return re.search(r"running on (http://\S+)", output.read_text(encoding="utf-8"))

        wait_until(address)
        assert requests.get(f"{address()[1]}/healthz?token=secret", timeout=30).status_code == 200
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        assert process.wait(30) == 0
        assert gone(children)
    finally:
        process.kill()
        process.wait()
    text = output.read_text(encoding="utf-8")
    assert "INFO GET /healthz 200 " in text and "secret" not in text and "rror" not in text


def test_what_cannot_be_served(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("none", encoding="utf-8")
    pair = ("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "cert.pem"))
    wrong = {
        ("--tls-cert", "a.pem"): "--tls-cert and --tls-key are given together",
        pair: f"--tls-cert {tmp_path}/cert.pem, --tls-key {tmp_path}/cert.pem: ",
        ("--host", "192.0.2.1"): "port 8000 of 192.0.2.1: Cannot assign requested address; choose another --port",
    }
    for command in ("serve", "api"):
        for arguments, message in wrong.items():
            done = winnow(tmp_path / "home", command, *arguments)
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
            assert done.stderr.startswith(f"winnow: error: {message}")
    done = winnow(tmp_path / "home", "serve", "--port", "0", "--ui-host", "192.0.2.1")
    assert done.stderr.startswith("winnow: error: port 3000 of 192.0.2.1: ")
    assert done.stderr.endswith("; choose another --ui-port or --ui-host\n")
    assert not (tmp_path / "home").exists()
