"""A small folder of pictures, the installed command run on it, and `winnow ui`."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from tests.e2e.dagster_server import DagsterServer

WINNOW = Path(sys.executable).with_name("winnow")
SMALL_MODEL = ["lightly.model.name=resnet-9", "lightly.model.width=0.125", "lightly.model.num_ftrs=16"]

Winnow = Callable[..., subprocess.CompletedProcess[str]]


def draw_pictures(folder: Path, count: int = 24) -> None:
    """`count` different pictures in two sub-folders, two exact copies, and three broken files."""
    random = np.random.default_rng(0)
    for index in range(count):
        colour, ground = (tuple(int(v) for v in random.integers(0, 256, 3)) for _ in range(2))
        picture = Image.new("RGB", (200, 150), ground)
        draw = ImageDraw.Draw(picture)
        for _ in range(6):
            x, y, size = random.integers(0, 150, 3)
            shape = draw.ellipse if index % 2 else draw.rectangle
            shape((int(x), int(y), int(x + size), int(y + size)), fill=colour)
        name = folder / ("round" if index % 2 else "square") / f"{index:03d}.{'jpg' if index % 3 else 'png'}"
        name.parent.mkdir(parents=True, exist_ok=True)
        picture.save(name)
    for index in (1, 2):
        original = next(folder.glob(f"*/{index:03d}.jpg"))
        (original.parent / f"copy_{index}.jpg").write_bytes(original.read_bytes())
    whole = (folder / "round" / "001.jpg").read_bytes()
    (folder / "round" / "broken_cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "round" / "broken_empty.jpg").write_bytes(b"")
    (folder / "square" / "broken_text.png").write_text("not a picture", encoding="utf-8")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    draw_pictures(folder)
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def winnow(home: Path) -> Winnow:
    """Runs the installed command; all runs of a session share one state folder."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [WINNOW, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={**os.environ, "DAGSTER_HOME": str(home), "COLUMNS": "110", **environment},
        )

    return run


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[DagsterServer]":
    """`winnow ui` on a state folder of its own; one for all tests of a process, since it takes seconds to start."""
    from tests.e2e.dagster_server import dagster_server

    with dagster_server(tmp_path_factory.mktemp("ui")) as started:
        yield started
