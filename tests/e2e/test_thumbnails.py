"""Thumbnails of a catalogued dataset in its bucket: after a run, after one that was killed, and never of other runs.

The report is JSON alone: its pages take most of the time.
"""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.e2e.conftest import SMALL_MODEL, draw_pictures
from tests.resources.stores.fault_proxy import FaultProxy, fault_proxy, meanwhile
from tests.resources.stores.s3_servers import KEYS, boto3_client, moto

COUNT = 8
HEALTHY = COUNT + 2  # with copies
BELOW = "lightly/.lightly/thumbnails/"
COMMAND = """
import sys
import selection_assets.assets.report
from selection_assets.command.main import entry
from tests.e2e.json_report import write_json_report

if __name__ == "__main__":
    selection_assets.assets.report.write_report = write_json_report
    sys.exit(entry())
"""


class World:
    """A bucket behind a proxy, and the command with a state folder of its own."""

    def __init__(self, root: Path, server: str, proxy: FaultProxy) -> None:
        self.proxy, self.pictures = proxy, root / "pictures"
        self._home, self._script, self._client = root / "home", root / "command.py", boto3_client(server)
        self._script.write_text(COMMAND, encoding="utf-8")
        draw_pictures(self.pictures, COUNT)
        self._client.create_bucket(Bucket="cats")
        for path in self.pictures.rglob("*.*"):
            key = f"in/{path.relative_to(self.pictures).as_posix()}"
            self._client.put_object(Bucket="cats", Key=key, Body=path.read_bytes())
        credentials = root / "credentials.json"
        credentials.write_text(json.dumps({**KEYS, "endpoint_url": proxy.url, "allow_http": True}))
        self.done(
            *("datasets", "add", "cats", "--input", "s3://cats/in", "--lightly", "s3://cats/lightly"),
            *("--input-credentials", str(credentials), "--lightly-credentials", str(credentials)),
            *(*SMALL_MODEL, "stopping_condition.n_samples=0.5", "lightly.loader.num_workers=1"),
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
        return subprocess.Popen(
            [sys.executable, self._script, *arguments],
            env={**os.environ, "DAGSTER_HOME": str(self._home), "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def done(self, *arguments: str) -> str:
        """What is said by a command that goes well."""
        process = self.start(*arguments)
        out, error = process.communicate(timeout=300)
        assert (process.returncode, error) == (0, ""), out
        return out

    def listed(self, prefix: str = "") -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket="cats", Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def thumbnails(self) -> dict[str, bytes]:
        """By key below the folder of thumbnails."""
        found: dict[str, Any] = {key: self._client.get_object(Bucket="cats", Key=key) for key in self.listed(BELOW)}
        return {key.removeprefix(BELOW): answer["Body"].read() for key, answer in found.items()}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with moto() as server, fault_proxy(server) as proxy:
        yield World(tmp_path, server, proxy)


def expected(pictures: Path) -> dict[str, Image.Image]:
    """The picture of each thumbnail, by its key, as Pillow makes it."""
    found = {}
    for path in pictures.rglob("*.*"):
        if "broken" not in path.name:
            name = path.relative_to(pictures).with_name(f"{path.stem}_thumb{path.suffix}").as_posix()
            found[name] = Image.open(path)
            found[name].thumbnail((128, 128), Image.Resampling.BILINEAR)
    return found


def assert_all_there(world: World) -> None:
    found, pictures = world.thumbnails(), expected(world.pictures)
    assert found.keys() == pictures.keys() and len(found) == HEALTHY
    for name, data in found.items():
        ours = Image.open(io.BytesIO(data))
        assert (ours.format, ours.size) == ("JPEG", (128, 96))
        assert np.abs(np.asarray(ours, float) - np.asarray(pictures[name].convert("RGB"), float)).mean() < 6


def test_a_killed_run_leaves_whole_thumbnails_and_the_next_one_finishes(world: World) -> None:
    running: list[subprocess.Popen[str]] = []

    def kill() -> None:
        running[0].send_signal(signal.SIGKILL)

    world.proxy.plan(meanwhile(kill), method="PUT", key=r"\.lightly/thumbnails", after=4)
    running.append(world.start("run", "dataset=cats"))
    said = running[0].communicate(timeout=300)
    assert running[0].returncode == -signal.SIGKILL, said
    assert 4 <= len(world.thumbnails()) <= HEALTHY
    for data in world.thumbnails().values():
        Image.open(io.BytesIO(data)).load()

    world.proxy.clear()
    said_now = world.done("run", "dataset=cats")
    assert f"Writing {HEALTHY} thumbnails to s3://cats/lightly; 0 are there already." in said_now
    assert_all_there(world)
    before = world.thumbnails()

    world.proxy.clear()
    again = world.done("run", "dataset=cats", "datasource.process_all=True")
    assert f"Writing 0 thumbnails to s3://cats/lightly; {HEALTHY} are there already." in again
    assert world.proxy.count("PUT", r"\.lightly/thumbnails") == 0
    assert world.proxy.count("PUT", r"lightly/runs/") > 10
    assert world.thumbnails() == before
    assert not [key for key in world.listed() if "thumb" in key and not key.startswith(BELOW)]

    world.proxy.clear()
    last = world.done("run", "dataset=cats")
    assert "Nothing was done." in last and world.proxy.count("PUT", r"\.lightly") == 0


def test_runs_without_a_catalogued_place_write_none(world: World, tmp_path: Path) -> None:
    """`winnow run input_dir=… output_dir=…`, also with a folder of shared files; and a dataset that wants none."""
    (tmp_path / "shared").mkdir()
    options = (*SMALL_MODEL, "stopping_condition.n_samples=0.5", "lightly.loader.num_workers=1")
    source = ("run", f"input_dir={world.pictures}", f"output_dir={tmp_path / 'out'}", *options)
    assert " thumbnails to " not in world.done(*source)
    assert " thumbnails to " not in world.done(*source, f"shared_dir={tmp_path / 'shared'}")
    assert [*(tmp_path / "shared").iterdir(), *tmp_path.rglob(".lightly")] == []
    world.done("datasets", "edit", "cats", "--thumbnail-suffix", "none")
    assert " thumbnails to " not in world.done("run", "dataset=cats")
    assert world.thumbnails() == {} and world.listed("lightly/runs/")
