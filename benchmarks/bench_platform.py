"""The platform's server with a dataset of 1,000,000 samples: exports and tags, on SQLite and on PostgreSQL.

    python -m benchmarks.bench_platform [sqlite | postgresql ...]

The server runs in a process of its own, whose peak of memory is told; client, server and database share the machine.
PostgreSQL is left out where it is not installed. Needs about 1 GB in the folder for temporary files.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import requests

from benchmarks.peak_memory import peak_mb
from benchmarks.winnow_run import ROOT
from tests.resources.catalog.postgres_server import postgres, programs

SAMPLES, ROUNDS = 1_000_000, 3
SHARES = {"all": 1, "every tenth": 10}  # of the samples in a tag: one of so many
GOALS = {"export": 5.0, "tag": 2.0, "peak": 400.0}
Rows = Iterator[dict[str, Any]]


def run(names: Sequence[str] = ()) -> Rows:
    """One row per figure: work, ours, peer, ratio, goal. names: of databases; without, all that there are."""
    for name in names or ("sqlite", *(["postgresql"] if programs() else [])):
        with tempfile.TemporaryDirectory(prefix="winnow-bench-") as folder:
            (Path(folder) / "home").mkdir()
            (Path(folder) / "postgres").mkdir()
            with postgres(Path(folder) / "postgres") if name == "postgresql" else nullcontext("") as url:
                variables = {"DAGSTER_HOME": str(Path(folder) / "home"), "WINNOW_DATABASE_URL": url}
                with patch.dict(os.environ, variables):
                    yield from _measured(name)


def _measured(name: str) -> Rows:
    from resources.instance import dagster_instance
    from resources.platform.bit_masks import BitMask
    from resources.platform.datasets import create_dataset
    from resources.platform.samples import NewSample, append_samples
    from resources.platform.tags import INITIAL_TAG, NewTag, create_tag
    from resources.platform.users import add_user, create_token

    with dagster_instance() as instance:
        dataset = create_dataset(instance, add_user("ann@example.com"), "many", type="Images").id
    token = create_token("ann@example.com")
    began = time.perf_counter()
    append_samples(dataset, (NewSample(_name(index), size=100_000) for index in range(SAMPLES)))
    yield _row(f"{SAMPLES:,} samples appended, seconds ({name})", time.perf_counter() - began, None)
    create_tag(dataset, NewTag(INITIAL_TAG, BitMask.full(SAMPLES), SAMPLES))
    with _server() as (address, process):
        with patch.dict(os.environ, LIGHTLY_SERVER_LOCATION=address):
            from lightly.api import ApiWorkflowClient

            client = ApiWorkflowClient(token=token, dataset_id=dataset)
        first = client.get_tag_by_name(INITIAL_TAG).id
        resting = peak_mb(process)

        def make(step: int) -> str:
            mask = BitMask.of_indices(range(0, SAMPLES, step)).hex()
            body = {"name": f"tag {time.time_ns()}", "prevTagId": first, "bitMaskData": mask, "totSize": SAMPLES}
            answer = requests.post(f"{address}/v1/datasets/{dataset}/tags", params={"token": token}, json=body)
            answer.raise_for_status()
            return str(answer.json()["id"])

        for words, step in SHARES.items():
            number = len(range(0, SAMPLES, step))
            tag = make(step)
            text = client.export_filenames_by_tag_id(tag)
            if text.split("\n") != [_name(index) for index in range(0, SAMPLES, step)]:
                raise AssertionError("names are missing")
            took = _median(lambda tag=tag: client.export_filenames_by_tag_id(tag))
            yield _row(f"file names of {number:,} samples exported by the client ({words}; {name})", took, "export")
            yield _row(f"a tag of {number:,} samples created ({name})", _median(lambda step=step: make(step)), "tag")
        took = _median(client.get_filenames)
        yield _row(f"{SAMPLES:,} file names mapped, by the client, seconds ({name})", took, None)
        whole = f"{address}/v1/datasets/{dataset}/tags/{first}/export/basic/filenames"
        took = _median(lambda: requests.get(whole, params={"token": token}).json())
        yield _row(f"{SAMPLES:,} file names exported by one request, as old clients do, seconds ({name})", took, None)
        work = f"peak of the server in MB ({resting:.0f} before the first export; {name})"
        yield _row(work, peak_mb(process), "peak")


def _name(index: int) -> str:
    return f"recordings/2026-11-{index % 28 + 1:02d}/camera_{index % 7}/frame_{index:08d}.jpg"


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


@contextmanager
def _server() -> Iterator[tuple[str, int]]:
    """Address and process of the server, which uses the state folder and the database of the environment."""
    command = [sys.executable, "-m", "benchmarks.platform_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()


def _row(work: str, ours: float, goal: str | None) -> dict[str, Any]:
    """Less is better; the peer is the goal."""
    peer = GOALS[goal] if goal else ours
    work = f"{work}; peer: the goal" if goal else work
    return {"work": work, "ours": ours, "peer": peer, "ratio": peer / ours, "goal": 1.0 if goal else None}


if __name__ == "__main__":
    from benchmarks.table import print_rows

    print_rows(run(sys.argv[1:]))
